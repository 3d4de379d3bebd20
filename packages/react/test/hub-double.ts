import {
  type GroupState,
  type HubClient,
  type HubSnapshot,
  initialSnapshot,
  type UntypedContract,
} from '@org/hub-core';

type Callback = (...args: never[]) => void;

/** A client that is only its public face: what was asked of it is a list of facts, what it says the test decides. */
export interface HubDouble extends HubClient {
  /** What was asked, in order. */
  readonly facts: string[];
  /** Changes the snapshot, and tells. */
  show(change: Partial<HubSnapshot>): void;
  setGroup(name: string, state: GroupState): void;
  /** The server calls a client method. */
  receive(clientMethod: string, ...args: unknown[]): void;
  emit(event: { type: string }): void;
  /** How many listen at this moment, of any kind. */
  listeners(): number;
}

export function createHubDouble(start: () => Promise<void> = () => Promise.resolve()): HubDouble {
  const facts: string[] = [];
  const all = new Map<string, Set<Callback>>();
  let snapshot = initialSnapshot;
  const listen = (kind: string, callback: Callback): (() => void) => {
    const callbacks = all.get(kind) ?? new Set();
    all.set(kind, callbacks.add(callback));
    return () => void callbacks.delete(callback);
  };
  const tell = (kind: string, ...args: unknown[]): void => {
    for (const callback of [...(all.get(kind) ?? [])]) callback(...(args as never[]));
  };
  const hub = {
    facts,
    start() {
      facts.push('start');
      return start();
    },
    async stop() {
      facts.push('stop');
    },
    async dispose() {
      facts.push('dispose');
    },
    on(method: string, handler: Callback) {
      facts.push(`on ${method}`);
      return listen(`method ${method}`, handler);
    },
    join(name: string) {
      facts.push(`join ${name}`);
      return {
        name,
        retry: () => void facts.push(`retry ${name}`),
        leave: async () => void facts.push(`leave ${name}`),
      };
    },
    events: { on: (type: string, listener: Callback) => listen(`event ${type}`, listener) },
    getSnapshot: () => snapshot,
    subscribe: (listener: Callback) => listen('snapshot', listener),
    show(change: Partial<HubSnapshot>) {
      snapshot = { ...snapshot, ...change };
      tell('snapshot');
    },
    setGroup(name: string, state: GroupState) {
      hub.show({ groups: new Map([...snapshot.groups, [name, state]]) });
    },
    receive: (method: string, ...args: unknown[]) => tell(`method ${method}`, ...args),
    emit: (event: { type: string }) => tell(`event ${event.type}`, event),
    listeners: () => [...all.values()].reduce((sum, callbacks) => sum + callbacks.size, 0),
  };
  return hub as unknown as HubDouble & HubClient<UntypedContract>;
}
