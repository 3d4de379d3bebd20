/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from './contestants.ts';
import { createLedger, type Ledger } from './ledger.ts';

/** What users do meanwhile: short calls and short streams, with pauses of different lengths. */
export interface Load {
  readonly numbers: Ledger;
  readonly failed: { calls: number; streams: number };
  readonly done: { calls: number; streams: number };
  /** Ms that calls took beyond what the server takes for them. */
  readonly held: number[];
  readonly errors: Map<string, number>;
  /** Resolves when the last one has ended. */
  end(): Promise<void>;
}

const callers = 4;
const watchers = 2;
const callDuration = 5;
const streamLength = 8;

export function startLoad(client: Contestant): Load {
  const numbers = createLedger();
  const failed = { calls: 0, streams: 0 };
  const done = { calls: 0, streams: 0 };
  const held: number[] = [];
  const errors = new Map<string, number>();
  let ending = false;
  client.on('Number', numbers.note);

  async function attempt(kind: 'calls' | 'streams', run: () => Promise<boolean>): Promise<void> {
    try {
      if (!(await run())) throw new Error('It was answered wrongly.');
      done[kind] += 1;
    } catch (error) {
      failed[kind] += 1;
      const { message } = error as Error;
      errors.set(message, (errors.get(message) ?? 0) + 1);
    }
  }

  async function repeat(pause: number, kind: 'calls' | 'streams', run: () => Promise<boolean>): Promise<void> {
    while (!ending) {
      await attempt(kind, run);
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  const calling = Array.from({ length: callers }, (_, caller) =>
    repeat(20, 'calls', async () => {
      const value = caller + callers * done.calls;
      const started = performance.now();
      const answer = await client.invoke('Echo', value, callDuration);
      held.push(performance.now() - started - callDuration);
      return answer === value;
    }),
  );
  const watching = Array.from({ length: watchers }, () =>
    repeat(50, 'streams', async () => {
      let seen = 0;
      await client.stream((item) => (seen = item === seen + 1 ? item : Number.NaN), 'Count', streamLength, 1);
      return seen === streamLength;
    }),
  );

  return {
    numbers,
    failed,
    done,
    held,
    errors,
    async end() {
      ending = true;
      await Promise.all([...calling, ...watching]);
    },
  };
}
