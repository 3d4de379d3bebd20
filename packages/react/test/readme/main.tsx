import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { createHubClient } from '@org/hub-react';
import { oidc } from '@org/hub-react/oidc';
import { type ChatHub, Composer, Connection, HubProvider, Messages } from './chat.tsx';

const auth = oidc({ authority: 'https://login.example.com', client_id: 'chat', redirect_uri: location.origin });
const hub = createHubClient<ChatHub>({ url: 'https://api.example.com/hubs/chat', auth });

const App = (): ReactNode => (
  <HubProvider client={hub} autoStart>
    <Connection />
    <Messages room="lobby" />
    <Composer room="lobby" />
  </HubProvider>
);

await auth.completeSignIn(); // Back from the login page; does nothing on any other.
createRoot(document.querySelector('#app')!).render(<App />);
