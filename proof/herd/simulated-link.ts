import { type Failure, LinkError } from '../../packages/core/src/link/failure.ts';
import type { Link, LinkOptions } from '../../packages/core/src/link/link.ts';
import { underWay } from '../../packages/core/src/link/under-way.ts';
import { deferred } from '../../packages/core/src/platform/deferred.ts';
import { expiryOf } from '../../packages/core/src/vocabulary/credentials.ts';
import { HubError } from '../../packages/core/src/vocabulary/errors.ts';
import type { Connection, Hub } from './servers.ts';

let hub: Hub;

/** Where links lead from now on: there is one simulation at a time, as there is one clock. */
export function leadTo(simulated: Hub): void {
  hub = simulated;
}

/**
 * Stands where the core has its own (`bundled-simulations.ts`): a link to the simulated hub, without SignalR, requests and
 * sockets. The hub knows no groups and takes no calls.
 *
 * @public
 */
export function createLink({ url, credentials, settings }: LinkOptions): Link {
  const server = hub;
  const ended = deferred<Failure>();
  const given = new AbortController();
  let connection: Connection | null = null;

  async function open(): Promise<void> {
    const entered = await server.connect(expiryOf(credentials), settings.timeout);
    if ('kind' in entered) throw new LinkError(entered);
    connection = entered;
    // It was abandoned meanwhile.
    if (given.signal.aborted) {
      leave();
      throw new LinkError({ kind: 'lost', cause: null });
    }
    link.openedAt = Date.now();
    void entered.ended.then((failure) => {
      ended.resolve(failure);
      given.abort();
    });
  }

  function leave(): boolean {
    given.abort();
    return !!connection && server.leave(connection);
  }

  const refuse = (method: string): Promise<never> =>
    Promise.reject(new HubError('method-failed', 'There is no such method.', { method, sent: 'yes' }));

  const link: Link = {
    url,
    http: { failure: null, offers: [], abort() {}, getCookieString: () => '', send: () => refuse('') },
    gate: null,
    calls: underWay(),
    errands: underWay(),
    streams: new Map(),
    context: {
      connectionId: 'simulated',
      invoke: refuse,
      send: refuse,
      token: null,
      signal: given.signal,
    },
    openedAt: 0,
    open,
    ended: ended.promise,
    receive() {},
    writing: (_, write) => write(),
    invoke: refuse,
    send: refuse,
    unsent: () => undefined,
    stream: () => () => {},
    drain: () => Promise.resolve({ drained: 0, aborted: 0 }),
    close: () => Promise.resolve(leave() ? 'acknowledged' : 'unacknowledged'),
    abandon() {
      leave();
      if (connection) ended.resolve({ kind: 'lost', cause: null });
    },
  };
  return link;
}
