import { createHubClient, type HubClient, tokenFrom } from '@org/hub-react';
import { createTestHub } from '@org/hub-testing';
import { onTestFinished } from 'vitest';

export interface WhoHub {
  server: { Who(): string };
  client: object;
  /** The name of the caller, and no end. */
  streams: { Names(): string };
}

export interface TwoUsers {
  readonly hub: HubClient<WhoHub>;
  /** Signs in as another user. */
  become(user: string): void;
}

/** A connected client of Ann, who lets somebody else sign in; the server says who is there. */
export async function startAsAnn(): Promise<TwoUsers> {
  let user = 'ann';
  let tell = (_: 'signed-in'): void => {};
  const server = createTestHub<WhoHub>({
    methods: { Who: () => user },
    streams: {
      async *Names({ signal }) {
        yield user;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
  });
  const { url, fetch, WebSocket } = server.inProcess();
  const auth = tokenFrom(() => ({ token: `token-of-${user}`, userId: user }), {
    subscribe: (listener) => ((tell = listener), () => {}),
  });
  const hub = createHubClient<WhoHub>({ url, auth, signalr: { fetch, WebSocket }, logger: 'none' });
  onTestFinished(async () => {
    await hub.dispose();
    await server.dispose();
  });
  await hub.start();
  return {
    hub,
    become(next) {
      user = next;
      tell('signed-in');
    },
  };
}
