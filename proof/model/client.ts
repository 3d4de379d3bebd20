import {
  createHubClient,
  type GroupHandle,
  type HubClient,
  type HubError,
  type HubEvent,
  type HubOptions,
  type RotationMethod,
} from '@org/hub-core';
import { isHubError } from '../error-codes.ts';
import type { Accounts } from './accounts.ts';
import { createNumbers, type Numbers } from './numbers.ts';
import type { ModelHub } from './server.ts';
import { createWire, type Doors, type Wire } from './wire.ts';

export interface ClientSettings {
  rotation: RotationMethod;
  transport: 'WebSockets' | 'ServerSentEvents' | 'LongPolling';
  anonymous: 'wait' | 'connect';
  joinMany: boolean;
  reconnect: boolean;
}

/** A client, and whoever watches it. */
export interface Watched {
  readonly name: string;
  readonly settings: ClientSettings;
  readonly hub: HubClient<ModelHub>;
  readonly wire: Wire;
  readonly numbers: Numbers;
  readonly handles: GroupHandle[];
  readonly calls: Map<string, Outcome>;
  /** How often each event came. */
  readonly counts: Map<HubEvent['type'], number>;
  /** Failures of groups that it was told of. */
  readonly groupFailures: ReadonlySet<HubError | null>;
  /** It must settle, and reject with errors of ours only. */
  follow<T>(what: string, promise: Promise<T>): Promise<T | undefined>;
  pending(): string[];
  /** Runs with the next event of this type, once, in the midst of the listeners. */
  upon(type: HubEvent['type'], act: () => void): void;
  /** Nothing of that kind any more. */
  disarm(): void;
}

export type Outcome = 'answered' | 'no' | 'unknown' | 'yes' | 'pending';

export interface Place {
  url: string;
  doors: Doors;
  accounts: Accounts;
  complain(what: string): void;
  /** Whether a text holds a token, or a part of one. */
  tells(text: string): boolean;
  /** Ms that have passed. */
  elapsed(): number;
  options: Partial<HubOptions>;
}

export function watch(name: string, settings: ClientSettings, place: Place): Watched {
  const wire = createWire(place.doors);
  const counts = new Map<HubEvent['type'], number>();
  const groupFailures = new Set<HubError>();
  const promises = new Map<Promise<unknown>, string>();
  const armed: { type: HubEvent['type']; act: () => void }[] = [];
  const complain = (what: string): void => place.complain(`${name}: ${what}`);
  let status = 'disconnected';
  let gaps = 0;

  const hub = createHubClient<ModelHub>({
    url: place.url,
    auth: place.accounts.source,
    anonymous: settings.anonymous,
    rotation: settings.rotation,
    ...(!settings.reconnect && { reconnect: false as const }),
    groups: settings.joinMany ? { joinMany: 'JoinGroups' } : {},
    messageId: (method, args) => (method === 'Private' ? undefined : String(args.at(-1))),
    logger: { log: (_, message) => isHarmless('a log line', message) },
    ...place.options,
    signalr: {
      transport: settings.transport,
      fetch: wire.fetch,
      WebSocket: wire.WebSocket,
      EventSource: wire.EventSource,
      ...place.options.signalr,
    },
  });

  hub.events.on('*', (event) => {
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    isHarmless(`the event ${event.type}`, textOf(event));
    if (event.type === 'groupFailed') groupFailures.add(event.error);
    if (event.type === 'statusChanged') {
      if (event.from !== status) complain(`the status went from ${status} to ${event.from} without a word`);
      status = event.to;
    }
    for (const one of armed.splice(0)) {
      if (one.type === event.type) one.act();
      else armed.push(one);
    }
  });
  hub.subscribe(() => {
    const snapshot = hub.getSnapshot();
    if (snapshot.gaps < gaps) complain(`gaps went down, from ${gaps} to ${snapshot.gaps}`);
    gaps = snapshot.gaps;
    if (snapshot.error) isHarmless('the snapshot', textOf(snapshot.error));
  });

  const numbers = createNumbers(hub, place.elapsed, (number) => complain(`${number} was heard again`));
  hub.on('Number', (number) => numbers.hear(number));
  hub.on('GroupMessage', (_, text) => numbers.hear(Number(text)));
  hub.on('Private', (user) => {
    const { userId } = hub.getSnapshot();
    if (userId !== null && userId !== user) complain(`${userId} heard what was for ${user}`);
  });
  hub.handle('Asked', async (value) => value + 1);

  /** No token, not even a part. */
  function isHarmless(what: string, text: string): void {
    if (place.tells(text)) complain(`${what} holds a token: ${text.slice(0, 300)}`);
  }

  return {
    name,
    settings,
    hub,
    wire,
    numbers,
    handles: [],
    calls: new Map(),
    counts,
    groupFailures,
    async follow(what, promise) {
      promises.set(promise, what);
      try {
        return await promise;
      } catch (error) {
        if (!isHubError(error)) complain(`${what} rejected with ${String(error)}`);
        else isHarmless(`the error of ${what}`, textOf(error));
        return undefined;
      } finally {
        promises.delete(promise);
      }
    },
    pending: () => [...promises.values()],
    upon: (type, act) => void armed.push({ type, act }),
    disarm: () => void armed.splice(0),
  };
}

/** An event or an error with all that hangs on it. */
function textOf(told: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(told, (_, value: unknown) => {
    if (!(value instanceof Error)) return value;
    if (seen.has(value)) return 'again';
    seen.add(value);
    const { message, stack, cause } = value;
    return { ...Object.fromEntries(Object.entries(value)), message, stack, cause };
  });
}
