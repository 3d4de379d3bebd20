import { createHubClient } from '@org/hub-react';
import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import type { LabHub } from '../../lab/index.ts';
import { SsrPage } from './ssr-page.tsx';

const app = document.querySelector<HTMLElement>('#app')!;
const hub = createHubClient<LabHub>({ url: app.dataset['hub']! });

hydrateRoot(
  app,
  <StrictMode>
    <SsrPage hub={hub} />
  </StrictMode>,
);
