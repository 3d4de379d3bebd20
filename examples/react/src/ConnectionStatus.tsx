import { type ReactNode, useEffect, useState } from 'react';
import { connectionLine } from '../../shared/connection-line.ts';
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

function useNow(): number {
  const [, setTicks] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTicks((ticks) => ticks + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return Date.now();
}
