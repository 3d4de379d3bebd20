import { createHubHooks, type HubClient } from '@org/hub-react';
import { StrictMode, type ReactNode, useEffect } from 'react';
import { flushSync } from 'react-dom';
import { createRoot, type Root } from 'react-dom/client';
import { EveryHook } from '../../../packages/react/test/every-hook.tsx';
import type { NewsHub } from '../../../packages/react/test/news-hub.ts';
import { everythingIsThere, shows, stopped, type Visits, visitsOfPage } from './visits.ts';

const { HubProvider, useHubInvoke } = createHubHooks<NewsHub>();

/** Calls as soon as it is there. */
function Doubled(): ReactNode {
  const { invoke, status, data } = useHubInvoke('Double');
  useEffect(() => void invoke(2).catch(() => {}), [invoke]);
  return <p>{`${status} ${data}`}</p>;
}

function Page({ hub, visited }: { hub: HubClient<NewsHub>; visited: boolean }): ReactNode {
  return (
    <HubProvider client={hub} autoStart>
      {visited && (
        <section>
          <EveryHook hub={hub} />
          <Doubled />
        </section>
      )}
    </HubProvider>
  );
}

export function createVisits(hub: HubClient<NewsHub>, element: Element, strict: boolean): Visits {
  let root: Root | null = null;

  function show(page: ReactNode): void {
    root ??= createRoot(element);
    flushSync(() => root?.render(strict ? <StrictMode>{page}</StrictMode> : page));
  }

  function leave(): Promise<void> {
    root?.unmount();
    root = null;
    return stopped(hub);
  }

  return {
    none() {
      show(<p>Nothing</p>);
      return leave();
    },
    async once(index) {
      show(<Page hub={hub} visited />);
      if (index % 2 === 0) await shows(element, everythingIsThere);
      show(<Page hub={hub} visited={false} />);
      if (index % visitsOfPage === visitsOfPage - 1) await leave();
    },
    async end() {
      await leave();
      await hub.dispose();
    },
  };
}
