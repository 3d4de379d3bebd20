import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openChat } from '../../shared/open-chat.ts';
import { problemOf } from '../../../common/page/problem.ts';
import { App } from './App.tsx';
import { HubProvider } from './hub.ts';
import { Problems } from './Problems.tsx';

const root = createRoot(document.querySelector('#app')!);

openChat().then(
  ({ hub, auth, problem }) =>
    root.render(
      <StrictMode>
        <HubProvider client={hub} autoStart>
          <App auth={auth} firstProblem={problem} />
        </HubProvider>
      </StrictMode>,
    ),
  (error: unknown) => root.render(<Problems problems={[problemOf(error)]} />),
);
