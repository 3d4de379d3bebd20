import fc from 'fast-check';
import { tokenFrom } from '@org/hub-core';
import type { Kind } from './kind.ts';
import { lifetimes } from './negotiate.ts';
import { answer, anyJson, nearly, type OddAnswer, respond } from './odd.ts';
import { codeOf, jwt, watch } from './witness.ts';
import { createWire, url, welcome } from './wire.ts';
import type { World } from './world.ts';

export interface RefreshCase {
  answers: (OddAnswer | null | 'never')[];
  /** The last answer comes again and again; else good ones follow. */
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
  { weight: 1, arbitrary: anyJson },
);

/** One connection, renewed in place again and again, for as long as it lives. */
export function createRefreshKind(world: World): Kind<RefreshCase> {
  let subject: ReturnType<typeof createSubject> | null = null;
  return {
    name: 'refresh',
    share: 3,
    input: fc.record({
      answers: fc.array(answer(body), { minLength: 1, maxLength: 3 }),
      forEver: fc.constantFrom(false, false, false, true),
      by: fc.constantFrom('the app', 'the app', 'time'),
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
  let queue: RefreshCase['answers'] = [];
  let repeats = false;
  let asked = 0;
  wire.answer = (address) =>
    /refresh\?/.test(address)
      ? respond(queue.length > 1 || !repeats ? (queue.shift() ?? good) : queue[0]!)
      : Response.json({ ...welcome, tokenLifetimeSeconds: 300 });
  const witness = watch({
    url,
    auth: tokenFrom(() => ({ token: jwt({ sub: 'ann', jti: (asked += 1) }), expiresAt: Date.now() + 300_000 })),
    signalr: { ...wire.doors, serverTimeout: 3_600_000, keepAliveInterval: 3_600_000 },
  });
  const { hub } = witness;

  async function renew({ answers, forEver, by }: RefreshCase): Promise<string[]> {
    if (hub.getSnapshot().status !== 'connected' && !(await world.settled(hub.start())))
      throw new Error('start() hangs after a refresh.');
    queue = [...answers];
    repeats = forEver;
    const before = asked;
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
      await world.until(() => Date.now() >= from + 330_000 || asked - before > 2_000);
    }
    const seconds = (Date.now() - from) / 1000;
    if (asked - before > 4 * seconds + 10) throw new Error(`${asked - before} tokens in ${seconds} s.`);
    const { status, error } = hub.getSnapshot();
    came.push(error ? `${status}: ${codeOf(error)}` : status);
    came.push(...new Set(witness.heard()));
    return came;
  }

  return { renew, leave: () => witness.leave(world, wire) };
}

const good: OddAnswer = { status: 200, headers: [], body: '{"tokenLifetimeSeconds":300}' };
