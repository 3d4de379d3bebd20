import { HubConnectionBuilder, type IRetryPolicy } from '@microsoft/signalr';
import { AccessTokenEvents } from 'oidc-client-ts';
import { down, type Fate, up } from './fate.ts';
import type { Connection, Hub, Token, TokenEndPoint } from './servers.ts';
import { sleep } from './virtual-time.ts';

/** Ms that SignalR waits for negotiate. */
const patience = 100_000;

/** What `withAutomaticReconnect()` makes of no argument; the builder hands it to the connection in this property. */
const { reconnectPolicy } = new HubConnectionBuilder().withAutomaticReconnect() as unknown as {
  reconnectPolicy: IRetryPolicy;
};

export type AccessTokenFactory = () => Promise<Token>;

/** `HubConnection` with `withAutomaticReconnect()`: its policy is the real one, the loop is that of `_reconnect`. */
export async function runSignalR(hub: Hub, token: AccessTokenFactory, fate: Fate): Promise<void> {
  let connection = await connect();
  while (connection) {
    await connection.ended;
    down(fate);
    connection = await reconnect();
  }

  async function connect(): Promise<Connection | null> {
    try {
      const { expiresAt } = await token();
      fate.tries += 1;
      const entered = await hub.connect(expiresAt, patience);
      if ('kind' in entered) return null;
      up(fate);
      return entered;
    } catch {
      return null;
    }
  }

  async function reconnect(): Promise<Connection | null> {
    const started = Date.now();
    for (let previousRetryCount = 0; ; previousRetryCount += 1) {
      const delay = reconnectPolicy.nextRetryDelayInMilliseconds({
        previousRetryCount,
        elapsedMilliseconds: Date.now() - started,
        retryReason: new Error(),
      });
      if (delay === null) return null;
      await sleep(delay);
      const again = await connect();
      if (again) return again;
    }
  }
}

/** As apps do it: the token is kept until it has expired. */
export function whenExpired(tokens: TokenEndPoint): AccessTokenFactory {
  let held: Token | null = null;
  return async () => (held = held && held.expiresAt > Date.now() ? held : await tokens.issue());
}

/**
 * `automaticSilentRenew` of oidc-client-ts: its own timer, and as there a renewal that fails is not tried again. The
 * connection gets what is stored.
 */
export function silentlyRenewed(tokens: TokenEndPoint): AccessTokenFactory {
  // The default of `accessTokenExpiringNotificationTimeInSeconds`.
  const events = new AccessTokenEvents({ expiringNotificationTimeInSeconds: 60 });
  let stored: Promise<Token> | null = null;

  async function renew(): Promise<Token> {
    const issued = await tokens.issue();
    const expires_in = issued.expiresAt / 1000 - Math.floor(Date.now() / 1000);
    await events.load({ access_token: issued.token, expires_in } as Parameters<AccessTokenEvents['load']>[0]);
    return issued;
  }

  events.addAccessTokenExpiring(async () => {
    try {
      const issued = await renew();
      stored = Promise.resolve(issued);
    } catch {
      // `silentRenewError`, which hardly any app listens to.
    }
  });
  return () => (stored ??= renew());
}
