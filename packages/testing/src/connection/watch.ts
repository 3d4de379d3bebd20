import type { Clock } from '../platform/clock.ts';
import { exception } from '../wire/exceptions.ts';
import type { Ending } from './ending.ts';

/** What the heartbeat looks at: whether a connection has expired, gone silent, or has to show that it is there. */
export interface Watch {
  /** The hub waits for the client. */
  listen<T>(chunk: Promise<T>): Promise<T>;
  pinged(): void;
  said(): void;
  /** @param expiresAt epoch ms */
  due(expiresAt: number | undefined): Ending | 'ping' | null;
}

export interface WatchRules {
  readonly closeOnAuthenticationExpiration: boolean;
  /** ms */
  readonly keepAliveInterval: number;
  /** ms */
  readonly clientTimeoutInterval: number;
  /** The transport shows by itself that both ends are there. */
  readonly inherentKeepAlive: boolean;
}

export function createWatch(clock: Clock, rules: WatchRules): Watch {
  /** A client that never pings is not expected to: ASP.NET Core starts to watch for silence with the first ping. */
  let pings = false;
  /** Null while the hub is busy with what it has read: then silence is nobody's fault. */
  let listeningSince: number | null = null;
  let lastSaid = clock.now();

  return {
    async listen(chunk) {
      listeningSince = clock.now();
      const heard = await chunk;
      listeningSince = null;
      return heard;
    },
    pinged() {
      pings = true;
    },
    said() {
      lastSaid = clock.now();
    },
    due(expiresAt = Infinity) {
      const now = clock.now();
      if (rules.closeOnAuthenticationExpiration && expiresAt <= now) return { by: 'hub', allowReconnect: true };
      if (pings && now - (listeningSince ?? now) >= rules.clientTimeoutInterval) {
        const text = "Client hasn't sent a message/ping within the configured ClientTimeoutInterval.";
        return { by: 'fault', error: exception('OperationCanceledException', text) };
      }
      return !rules.inherentKeepAlive && now - lastSaid >= rules.keepAliveInterval ? 'ping' : null;
    },
  };
}
