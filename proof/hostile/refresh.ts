import fc from 'fast-check';
import { SessionEndedError, tokenFrom } from '@org/hub-core';
import type { Kind } from './kind.ts';
import { lifetimes } from './negotiate.ts';
import { answer, anyJson, nearly, type OddAnswer, respond } from './odd.ts';
import { codeOf, jwt, watch } from './witness.ts';
import { createWire, url, welcome } from './wire.ts';
import type { World } from './world.ts';

type Answers = (OddAnswer | null | 'never')[];

export interface RefreshCase {
  answers: Answers;
  /** They come round and round; else good ones follow. */
  forEver: boolean;
  by: 'the app' | 'time';
}

const body = fc.oneof(
  {
    weight: 5,
    arbitrary: nearly(
      { connectionId: 'connection-1', refreshedAt: '2026-01-01T00:00:00Z', tokenLifetimeSeconds: 300 },
      { tokenLifetimeSeconds: lifetimes },
    ),
  },
  {
    weight: 2,
    arbitrary: nearly(
      { error: 'user_changed', error_description: 'Another user.' },
      { error: fc.constantFrom('"permission_change_rejected"', '"connection_not_found"', '"refresh_disabled"') },
    ),
  },
  { weight: 2, arbitrary: lifetimes.map((seconds) => `{"tokenLifetimeSeconds":${seconds}}`) },
  { weight: 1, arbitrary: anyJson },
);

/** Tokens that may be asked for before one is due: what the app asks for, and one where the hub refuses another. */
const mostEarly = { 'the app': 2, time: 1 };

/** One connection, renewed in place again and again, for as long as it lives. */
export function createRefreshKind(world: World): Kind<RefreshCase> {
  let subject: ReturnType<typeof createSubject> | null = null;
  return {
    name: 'refresh',
    share: 3,
    input: fc.record({
      answers: fc.array(answer(body), { minLength: 1, maxLength: 3 }),
      forEver: fc.constantFrom(false, false, true),
      by: fc.constantFrom('the app', 'time'),
    }),
    attempt(given) {
      subject ??= createSubject(world);
      return subject.renew(given);
    },
    async leave() {
      const before = subject;
      subject = null;
      await before?.leave();
    },
  };
}

function createSubject(world: World): {
  renew(given: RefreshCase): Promise<string[]>;
  leave(): Promise<void>;
} {
  const wire = createWire();
  let queue: Answers = [];
  let repeats = false;
  let asked = 0;
  /** When the token may be renewed, in epoch ms; and how many were asked for before, one after the other. */
  let due = 0;
  let early = 0;

  /** Four fifths of it are waited for. */
  function lasts(seconds: number): void {
    due = Date.now() + 800 * seconds;
  }

  wire.answer = (address) => {
    if (!/refresh\?/.test(address)) {
      lasts(300);
      return Response.json({ ...welcome, tokenLifetimeSeconds: 300 });
    }
    const next = queue.shift() ?? good;
    if (repeats) queue.push(next);
    const seconds = lifetimeIn(next);
    // Any other is ignored, and so is one whose end is beyond all numbers.
    if (seconds > 1 && seconds * 1000 < Infinity) lasts(seconds);
    return respond(next);
  };
  const witness = watch({
    url,
    auth: tokenFrom(() => {
      asked += 1;
      early = Date.now() < due ? early + 1 : 0;
      // Who asks without a pause would let nothing else happen.
      if (early > mostEarly['the app']) throw new SessionEndedError();
      lasts(300);
      return { token: jwt({ sub: 'ann', jti: asked }), expiresAt: Date.now() + 300_000 };
    }),
    signalr: { ...wire.doors, serverTimeout: 3_600_000, keepAliveInterval: 3_600_000 },
  });
  const { hub } = witness;

  async function renew({ answers, forEver, by }: RefreshCase): Promise<string[]> {
    if (hub.getSnapshot().status !== 'connected' && !(await world.settled(hub.start())))
      throw new Error('start() hangs after a refresh.');
    queue = [...answers];
    repeats = forEver;
    early = 0;
    const from = Date.now();
    const came: string[] = [];
    if (by === 'the app') {
      const renewed = hub.refreshAuthentication().then(
        () => 'renewed',
        (error: unknown) => `refused: ${codeOf(error)}`,
      );
      if (!(await world.settled(renewed))) throw new Error('refreshAuthentication() hangs.');
      came.push(await renewed);
    } else {
      // A lifetime, and a little.
      await world.until(() => Date.now() >= from + 330_000 || early > mostEarly[by]);
    }
    if (early > mostEarly[by]) throw new Error(`${early} tokens in a row, none of them due.`);
    const { status, error } = hub.getSnapshot();
    came.push(error ? `${status}: ${codeOf(error)}` : status);
    came.push(...new Set(witness.heard()));
    return came;
  }

  return { renew, leave: () => witness.leave(world, wire) };
}

/** Seconds that a client reads in it; NaN where there are none. */
function lifetimeIn(given: Answers[number]): number {
  if (!given || given === 'never' || given.status > 299) return NaN;
  try {
    return (JSON.parse(given.body) as { tokenLifetimeSeconds: number }).tokenLifetimeSeconds * 1;
  } catch {
    return NaN;
  }
}

const good: OddAnswer = { status: 200, headers: [], body: '{"tokenLifetimeSeconds":300}' };
