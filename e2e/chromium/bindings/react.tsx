import { createHubClient, createHubHooks } from '@org/hub-react';
import { type ReactNode, StrictMode, useLayoutEffect } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import type { LabHub } from '../../lab/index.ts';
import { names } from './contract.ts';

const { HubProvider, useHub, useHubGroup, useHubMessage, useHubQuery, useHubSnapshot } = createHubHooks<LabHub>();

const heard: string[] = [];
const commits: number[] = [];
let shown: readonly number[] = [];
let mountedAt = 0;
let root: Root | null = null;

function Listener({ name }: { name: string }): ReactNode {
  const hub = useHub();
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const group = useHubGroup('news');
  useHubMessage('GroupMessage', (_, text) => heard.push(`${name} ${text}`));
  const { data = [] } = useHubQuery({
    queryKey: ['numbers'],
    load: () => hub.invoke('NumbersSince', 0),
    on: { Number: (numbers, number) => [...numbers, number] },
    itemKey: (number) => number,
  });
  useLayoutEffect(() => {
    if (name !== names[0]) return;
    commits.push(performance.now());
    shown = data;
  });
  return (
    <section>
      <p data-testid={name}>
        {status}, {group.status}, {data.length}
      </p>
      <ol>
        {data.slice(-20).map((number) => (
          <li key={number}>{number}</li>
        ))}
      </ol>
    </section>
  );
}

window.bindings = {
  mount(url) {
    mountedAt = performance.now();
    const hub = createHubClient<LabHub>({ url });
    root = createRoot(document.querySelector('#app')!);
    root.render(
      <StrictMode>
        <HubProvider client={hub} autoStart>
          {names.map((name) => (
            <Listener key={name} name={name} />
          ))}
        </HubProvider>
      </StrictMode>,
    );
  },
  mountedAt: () => mountedAt,
  unmount() {
    root?.unmount();
  },
  heard,
  commits,
  numbers: () => shown,
};
