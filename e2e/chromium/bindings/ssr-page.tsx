import { createHubHooks, type HubClient } from '@org/hub-react';
import { lazy, type ReactNode, Suspense } from 'react';
import type { LabHub } from '../../lab/index.ts';

const { HubProvider, useHub, useHubGroup, useHubInvoke, useHubQuery, useHubSnapshot, useHubStream } =
  createHubHooks<LabHub>();

/** A part that comes later, on the server as in the browser. */
const Late = lazy(() => Promise.resolve({ default: Numbers }));

/** What the server renders, and the browser hydrates. */
export function SsrPage({ hub }: { hub: HubClient<LabHub> }): ReactNode {
  return (
    <HubProvider client={hub} autoStart>
      <Connection />
      <Suspense fallback={<p>…</p>}>
        <Late />
      </Suspense>
    </HubProvider>
  );
}

function Connection(): ReactNode {
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const group = useHubGroup('news');
  const { invoke, data: sum } = useHubInvoke('Add');
  return (
    <p data-testid="connection">
      {status}, {group.status}
      <button type="button" onClick={() => void invoke(20, 22)}>
        {sum ?? 'Add'}
      </button>
    </p>
  );
}

function Numbers(): ReactNode {
  const hub = useHub();
  const counted = useHubStream('Counter', [3, 0]);
  const numbers = useHubQuery({
    queryKey: ['numbers'],
    load: () => hub.invoke('NumbersSince', 0),
    on: { Number: (known, number) => [...known, number] },
    itemKey: (number) => number,
  });
  return (
    <p data-testid="numbers">
      {counted.status} {counted.data.join()}, {numbers.status} {numbers.data?.length}
    </p>
  );
}
