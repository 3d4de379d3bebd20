/// <reference types="node" />
import { isDeepStrictEqual } from 'node:util';
import type { IHubProtocol } from '@microsoft/signalr';
import type { Behaviour, Way } from './behaviour.ts';
import { createBench } from './bench.ts';
import type { ConformanceServer } from './servers/server.ts';

export interface Outcome {
  passed: boolean;
  observed: unknown;
  expected: unknown;
}

/** ms; only a behaviour that fails waits so long. */
const patience = 10_000;

let turn: Promise<unknown> = Promise.resolve();

/** Runs one behaviour; never rejects. */
export async function run(
  behaviour: Behaviour,
  server: ConformanceServer,
  way: Way,
  protocol?: IHubProtocol,
): Promise<Outcome> {
  if (!behaviour.alone) return observe(behaviour, server, way, protocol);
  const mine = turn.then(() => observe(behaviour, server, way, protocol));
  turn = mine;
  return mine;
}

async function observe(
  behaviour: Behaviour,
  server: ConformanceServer,
  way: Way,
  protocol: IHubProtocol | undefined,
): Promise<Outcome> {
  const bench = createBench(server, way, protocol);
  const expected = behaviour.expected(way);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<object>((resolve) => {
    timer = setTimeout(() => resolve({ nothingFor: `${patience} ms`, received: bench.trace() }), patience);
  });
  try {
    const observed = await Promise.race([behaviour.observe(bench), late]);
    return { passed: isDeepStrictEqual(observed, expected), observed, expected };
  } catch (error) {
    return { passed: false, observed: error, expected };
  } finally {
    clearTimeout(timer);
    await bench.dispose();
  }
}
