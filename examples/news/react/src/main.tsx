import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { problemOf } from '../../../common/page/problem.ts';
import { App } from './App.tsx';
import { messages, news } from './hubs.ts';
import { openNews } from './open-news.ts';
import { Problems } from './Problems.tsx';

const root = createRoot(document.querySelector('#app')!);

openNews().then(
  ({ auth, newsHub, messagesHub, problem }) =>
    root.render(
      <StrictMode>
        <news.HubProvider client={newsHub} autoStart>
          <messages.HubProvider client={messagesHub} autoStart>
            <App auth={auth} firstProblem={problem} />
          </messages.HubProvider>
        </news.HubProvider>
      </StrictMode>,
    ),
  (error: unknown) => root.render(<Problems problems={[problemOf(error)]} />),
);
