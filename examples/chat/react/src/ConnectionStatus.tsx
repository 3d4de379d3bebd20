import { type ReactNode, useSyncExternalStore } from 'react';
import { connectionLine } from '../../../common/page/connection-line.ts';
import { useHubSnapshot } from './hub.ts';

export function ConnectionStatus(): ReactNode {
  const snapshot = useHubSnapshot();
  const now = useNow();
  const { said, ticking } = connectionLine(snapshot, now);
  return (
    <p className="connection" role="status" data-testid="connection" data-status={snapshot.status}>
      {said} <span role="timer">{ticking}</span>
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
