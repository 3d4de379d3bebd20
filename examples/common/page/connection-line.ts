import type { HubSnapshot } from '@org/hub-core';
import { type Problem, problemOf } from './problem.ts';

/** What the connection is doing, in plain words. What ticks is kept apart: a screen reader must not say it each second. */
export interface ConnectionLine {
  readonly said: string;
  readonly ticking: string;
}

export function connectionLine(snapshot: HubSnapshot, now: number): ConnectionLine {
  const { status, auth, error, retryAt, tokenExpiresAt } = snapshot;
  switch (status) {
    case 'connected':
      if (auth !== 'authenticated') return { said: 'Connected as a visitor.', ticking: '' };
      return {
        said: 'Connected.',
        ticking: tokenExpiresAt === null ? '' : `Token renews within ${minutes(tokenExpiresAt - now)}.`,
      };
    case 'connecting':
    case 'reconnecting': {
      const said = status === 'connecting' ? 'Connecting' : 'Reconnecting';
      const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now) / 1000);
      return { said, ticking: seconds > 0 ? `in ${seconds} s …` : '…' };
    }
    case 'disconnecting':
      return { said: 'Disconnecting …', ticking: '' };
    case 'disconnected':
      return { said: error ? `Disconnected: ${error.message}` : 'Disconnected.', ticking: '' };
    default:
      return status satisfies never;
  }
}

/** What is wrong with the connection, once it is worth a box: a short interruption is not. */
export function connectionProblem({ status, error, attempt }: HubSnapshot): Problem | null {
  if (!error || status === 'connected') return null;
  return status === 'reconnecting' && attempt < 6 ? null : problemOf(error);
}

function minutes(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
