import type { HubSnapshot } from '@org/hub-react';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { connectionLine } from '../../../common/page/connection-line.ts';
import { messages, news } from './hubs.ts';

/** What the two connections are doing, and how often the token under them was replaced: nothing else on the page shows it. */
export function Connections(): ReactNode {
  const [renewals, setRenewals] = useState(0);
  // Each client of a session tells of the session’s token; to count, one of them is enough.
  news.useHubEvent('tokenRefreshed', () => setRenewals((count) => count + 1));
  return (
    <div className="connections">
      <Connection of="News" snapshot={news.useHubSnapshot()} />
      <Connection of="Messages" snapshot={messages.useHubSnapshot()} />
      {renewals > 0 && (
        <p className="hint" data-testid="renewals">
          Token renewed {renewals === 1 ? 'once' : `${renewals} times`} under this page.
        </p>
      )}
    </div>
  );
}

function Connection({ of, snapshot }: { of: string; snapshot: HubSnapshot }): ReactNode {
  const { said, ticking } = connectionLine(snapshot, useNow());
  return (
    <p className="connection" role="status" data-testid={of.toLowerCase()} data-status={snapshot.status}>
      {/* What ticks is kept apart: a screen reader must not say it each second. */}
      {of}: {said} <span role="timer">{ticking}</span>
    </p>
  );
}

/** The time, to the second. */
function useNow(): number {
  return useSyncExternalStore(everySecond, () => Math.floor(Date.now() / 1000) * 1000);
}

function everySecond(tick: () => void): () => void {
  const timer = setInterval(tick, 1000);
  return () => clearInterval(timer);
}
