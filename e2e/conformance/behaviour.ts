import type { Bench, Stage } from './bench.ts';
import type { Variant } from './servers/server.ts';

export const transports = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const;
export type Transport = (typeof transports)[number];
/** `http`: plain requests, which know no transport. */
export type Way = Transport | 'http';

/** One thing that both servers must do in the same way. */
export interface Behaviour {
  readonly group: string;
  readonly name: string;
  /** Who speaks to the server: frames of our own, the real client, plain requests. */
  readonly driver: 'raw' | 'client' | 'http';
  readonly on: readonly Way[];
  /** Behaviours that hear each other's messages take turns. */
  readonly alone: boolean;
  /**
   * It is about what only a port shows: lengths of bodies, neighbours of the hub, a client on another transport. Or only on one transport: a socket as pages
   * have it shows no status of a refusal, and cannot die without a word.
   */
  readonly port: boolean | Transport;
  observe(bench: Bench): Promise<unknown>;
  /** What is observed, exactly; compared deeply. */
  expected(way: Way): unknown;
}

interface Place {
  /** @default all three transports */
  on?: readonly Transport[];
  /** @default 'plain' */
  variant?: Variant;
  /** Whether it is there on a port only, on this transport or on all. @default false */
  port?: boolean | Transport;
}

/** By transport, where the transports differ. */
type Expected<T> = T | { [K in Transport]: T };

export interface Chapter {
  readonly behaviours: Behaviour[];
  /**
   * Frames of our own after a handshake: the messages to send, or a script that sends them. The transcript is expected exactly: what the server says
   * after its answer to the handshake, until a last call is answered (which shows that it lives and that nothing else came) or the connection ends.
   */
  raw(
    name: string,
    script: readonly string[] | ((stage: Stage) => Promise<void>),
    expected: Expected<readonly string[]>,
    place?: Place,
  ): void;
  /** As `raw`, with and without EnableDetailedErrors. @param expected gets what an error's text is followed by */
  error(
    name: string,
    script: readonly string[] | ((stage: Stage) => Promise<void>),
    details: string,
    expected: (details: string) => readonly string[],
    place?: Place & { detailed?: Variant },
  ): void;
  client(
    name: string,
    observe: (bench: Bench) => Promise<unknown>,
    expected: Expected<unknown>,
    place?: Place & { alone?: boolean },
  ): void;
  /** Several links, or a beginning of its own. */
  scene(
    name: string,
    observe: (bench: Bench) => Promise<unknown>,
    expected: Expected<unknown>,
    place?: Place & { alone?: boolean },
  ): void;
  http(name: string, observe: (bench: Bench) => Promise<unknown>, expected: unknown, place?: Pick<Place, 'port'>): void;
}

export function chapter(group: string, write: (chapter: Chapter) => void): readonly Behaviour[] {
  const behaviours: Behaviour[] = [];
  const add = (behaviour: Omit<Behaviour, 'group'>): void => void behaviours.push({ group, ...behaviour });
  const raw: Chapter['raw'] = (name, script, expected, { on = transports, variant = 'plain', port = false } = {}) =>
    add({
      name,
      driver: 'raw',
      on,
      alone: false,
      port,
      observe: (bench) => bench.exchange(variant, script, (byWay(expected, bench.way) as string[]).length),
      expected: (way) => byWay(expected, way),
    });
  write({
    behaviours,
    raw,
    error(name, script, details, expected, { variant = 'plain', detailed = 'detailed', ...place } = {}) {
      raw(name, script, expected(''), { ...place, variant });
      raw(`${name}, in detail`, script, expected(details), { ...place, variant: detailed });
    },
    client(name, observe, expected, { on = transports, alone = false, port = false } = {}) {
      add({ name, driver: 'client', on, alone, port, observe, expected: (way) => byWay(expected, way) });
    },
    scene(name, observe, expected, { on = transports, alone = false, port = false } = {}) {
      add({ name, driver: 'raw', on, alone, port, observe, expected: (way) => byWay(expected, way) });
    },
    http(name, observe, expected, { port = false } = {}) {
      add({ name, driver: 'http', on: ['http'], alone: false, port, observe, expected: () => expected });
    },
  });
  return behaviours;
}

function byWay(expected: unknown, way: Way): unknown {
  const differs = typeof expected === 'object' && expected !== null && 'WebSockets' in expected;
  return differs ? (expected as Record<string, unknown>)[way] : expected;
}
