import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket as WsSocket } from 'ws';
import { createClient, serve, until } from './hub.ts';

/** For Node 20, which has no WebSocket. Like that of Node 22 it takes no headers, and one that was refused stays as it is after an `error`. */
class Imitation extends WsSocket {
  #opened = false;

  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols);
    this.on('open', () => (this.#opened = true));
    const get = (): unknown => (this.#opened ? Reflect.get(WsSocket.prototype, 'readyState', this) : 0);
    Object.defineProperty(this, 'readyState', { get });
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    return (event !== 'close' || this.#opened) && super.emit(event, ...args);
  }
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', globalThis.WebSocket ?? Imitation);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const own = { WebSocket: undefined as never, transport: 'WebSockets' } as const;
const authenticate = ({ token }: { token: string | null }): { userId: string } | null =>
  token === 'a+b/c=' ? { userId: 'ann' } : null;

it.each([false, true])(
  "brings its token along on the platform's own WebSocket (skipNegotiation: %s)",
  async (skipNegotiation) => {
    const { server, url } = await serve({ authenticate, anonymous: false });
    const { hub } = createClient(url, {
      auth: { getToken: async () => ({ token: 'a+b/c=' }) },
      signalr: { ...own, skipNegotiation },
    });
    await hub.start();
    expect(server.connections()).toMatchObject([{ userId: 'ann' }]);
  },
);

it('brings it along beside what the address has already', async () => {
  const { server, url } = await serve({ authenticate, anonymous: false });
  const { hub } = createClient(`${url}?room=a&b`, {
    auth: { getToken: async () => ({ token: 'a+b/c=' }) },
    signalr: { ...own, skipNegotiation: true },
  });
  await hub.start();
  expect(server.connections()).toMatchObject([{ userId: 'ann' }]);
});

it("knows at once that the platform's own WebSocket was refused", async () => {
  const { server, url } = await serve();
  server.reject(503, { on: 'upgrade' });
  const { hub } = createClient(url, { signalr: own });
  const tried = until(hub, ({ retryAt }) => retryAt !== null);
  hub.start().catch(() => {});
  expect((await tried).error).toMatchObject({ code: 'unreachable' });
});
