import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createHubClient, createHubHooks, type HubHooks, tokenFrom } from '@org/hub-react';
import { oidc } from '@org/hub-react/oidc';
import type { GreeterHub } from './contract';

const { HubProvider, useHub, useHubGroup, useHubMessage, useHubSnapshot }: HubHooks<GreeterHub> =
  createHubHooks<GreeterHub>();

const page = new URLSearchParams(location.search);
const hub = createHubClient<GreeterHub>({ url: page.get('hub')!, auth: tokenFrom(page.get('token')!) });

function Greeter() {
  const [greeting, setGreeting] = useState('');
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const { status: lobby } = useHubGroup('lobby');
  useHubMessage('Greeted', setGreeting);
  const client = useHub();
  return (
    <>
      <p>
        {status}, lobby {lobby}
      </p>
      <button type="button" onClick={() => void client.invoke('Greet', 'React')}>
        Greet
      </button>
      <output>{greeting}</output>
      <p>{typeof oidc}</p>
    </>
  );
}

createRoot(document.querySelector('#app')!).render(
  <StrictMode>
    <HubProvider client={hub} autoStart>
      <Greeter />
    </HubProvider>
  </StrictMode>,
);
