import fc, { type Arbitrary } from 'fast-check';
import { type HubOptions, tokenFrom } from '@org/hub-core';
import type { Kind } from './kind.ts';
import { answer, anyJson, json, nearly, type OddAnswer, respond, text, tokenText, words } from './odd.ts';
import { codeOf, jwt, watch, type Witness } from './witness.ts';
import { createWire, type ServerSocket, url, welcome, type Wire } from './wire.ts';
import type { World } from './world.ts';

const quoted = (value: Arbitrary<string>): Arbitrary<string> => value.map((each) => JSON.stringify(each));

const transports = fc.oneof(
  json,
  fc
    .array(
      nearly(
        { transport: 'WebSockets', transferFormats: ['Text', 'Binary'] },
        { transport: quoted(fc.constantFrom('LongPolling', 'ServerSentEvents', 'Smoke', '__proto__', 'None')) },
      ),
      { maxLength: 3 },
    )
    .map((items) => `[${items.join()}]`),
);

/** Seconds: those that make sense, and others. */
export const lifetimes: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '300',
    '"300"',
    '1',
    '1.001',
    '0',
    '-1',
    '0.001',
    '1e-9',
    '1e308',
    '1e999',
    '-1e999',
    'null',
    '1e15',
    '"soon"',
  ),
  json,
);

const places = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'https://other.test/hub',
      `${url}?negotiateVersion=1`,
      'https://other.test/negotiate?a=1',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['javascript:alert(1)', 'data:application/json,{}', 'file:///etc/passwd', 'ftp://other.test', 'about:blank'],
      ...[
        '//other.test/hub',
        '/hub',
        '?',
        '#',
        'http://',
        'https://[',
        'https://user:word@other.test/hub',
        'wss://other.test',
      ],
      ...[url, 'HTTPS://OTHER.TEST/%00', 'https://other.test:99999/', 'blob:https://other.test/1'],
    ),
  },
  { weight: 1, arbitrary: text },
);

const body = fc.oneof(
  {
    weight: 6,
    arbitrary: nearly(welcome, {
      availableTransports: transports,
      tokenLifetimeSeconds: lifetimes,
      error: quoted(text),
    }),
  },
  {
    weight: 3,
    arbitrary: nearly(
      { url: 'https://other.test/hub', accessToken: 'other' },
      { url: quoted(places), accessToken: quoted(tokenText) },
    ),
  },
  { weight: 1, arbitrary: anyJson },
);

export interface NegotiateCase {
  answers: (OddAnswer | null | 'never')[];
  /** The last answer comes again and again; else a good one follows. */
  forEver: boolean;
  transport: 'any' | 'LongPolling';
  user: 'nobody' | 'fixed' | 'renewed';
}

/** A start for each case, until it is settled. */
export function createNegotiateKind(world: World): Kind<NegotiateCase> {
  return {
    name: 'negotiate',
    share: 3,
    input: fc.record({
      answers: fc.array(answer(body), { minLength: 1, maxLength: 3 }),
      forEver: fc.constantFrom(false, false, false, true),
      transport: fc.constantFrom('any', 'any', 'any', 'LongPolling'),
      user: fc.constantFrom('nobody', 'fixed', 'renewed'),
    }),
    async attempt({ answers, forEver, transport, user }) {
      const wire = createWire();
      const queue = [...answers];
      let requests = 0;
      wire.answer = (address, init) => {
        requests += 1;
        if (!/negotiate/.test(address)) return new Response('', { status: 204 });
        // What goes round in circles ends some time.
        if (requests > 500) throw new Error('It asks and asks.');
        if (init.method !== 'POST') return new Response('', { status: 204 });
        return respond(queue.length > 1 || !forEver ? (queue.shift() ?? good) : queue[0]!);
      };
      const came = await startAndDispose(world, wire, {
        auth: sources[user](),
        signalr: transport === 'any' ? {} : { transport },
      });
      return came;
    },
  };
}

const good: OddAnswer = { status: 200, headers: [], body: JSON.stringify(welcome) };

let issued = 0;
const sources = {
  nobody: () => undefined,
  fixed: () => tokenFrom(jwt({ sub: 'ann' })),
  renewed: () =>
    tokenFrom(() => ({
      token: jwt({ sub: 'ann', jti: (issued += 1) }),
      expiresAt: Date.now() + 300_000,
      userId: 'ann',
    })),
} satisfies Record<NegotiateCase['user'], () => HubOptions['auth']>;

export interface HandshakeCase {
  frames: string[];
  bytes: boolean;
  closes: boolean;
}

const handshake = fc.oneof(
  {
    weight: 3,
    arbitrary: nearly({}, { error: fc.oneof(quoted(words), json), type: json, minorVersion: json }).map(
      (value) => `${value}\u001e`,
    ),
  },
  { weight: 1, arbitrary: anyJson.map((value) => `${value}\u001e`) },
  { weight: 1, arbitrary: anyJson },
  { weight: 1, arbitrary: fc.tuple(anyJson, anyJson).map(([one, other]) => `${one}\u001e${other}\u001e`) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('{}'), json).map((all) => `${all.join('\u001e')}\u001e`) },
  { weight: 1, arbitrary: text },
);

/** A start for each case, whose handshake is answered so; later ones well. */
export function createHandshakeKind(world: World): Kind<HandshakeCase> {
  return {
    name: 'handshake',
    share: 3,
    input: fc.record({ frames: fc.array(handshake, { maxLength: 2 }), bytes: fc.boolean(), closes: fc.boolean() }),
    async attempt({ frames, bytes, closes }) {
      const wire = createWire();
      const { greet } = wire;
      wire.greet = (socket: ServerSocket) => {
        wire.greet = greet;
        for (const frame of frames)
          socket.deliver(bytes ? (new TextEncoder().encode(frame).buffer as ArrayBuffer) : frame);
        if (closes) socket.close(1006);
      };
      const came = await startAndDispose(world, wire, {});
      return came;
    },
  };
}

/** Starts a client; once that is settled, or waits for the server for more than an hour, it is disposed of. */
async function startAndDispose(
  world: World,
  wire: Wire,
  { signalr = {}, auth }: { signalr?: HubOptions['signalr']; auth?: HubOptions['auth'] | undefined },
): Promise<string[]> {
  const witness = watch({
    url,
    ...(auth && { auth }),
    signalr: { ...signalr, ...wire.doors },
  });
  const { hub } = witness;
  const started = hub.start().then(
    () => 'connected',
    (error: unknown) => `stopped: ${codeOf(error)}`,
  );
  const came: string[] = [];
  const settled = await world.settled(started, 60_000);
  came.push(...(settled ? [await started] : waiting(witness)));
  came.push(...new Set(witness.heard()));
  await witness.leave(world, wire);
  if (!(await world.settled(started, 0))) throw new Error('start() is not settled by dispose().');
  return came;
}

/** Not settled yet: then it says what for, and until when. */
function waiting({ hub }: Witness): string[] {
  const { status, error } = hub.getSnapshot();
  if (status !== 'connecting' || !error) throw new Error(`start() hangs: ${JSON.stringify(hub.getSnapshot())}`);
  return [`is being tried again: ${codeOf(error)}`];
}
