import fc, { type Arbitrary } from 'fast-check';
import { tokenFrom } from '@org/hub-core';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { anyJson, broken, json, names, number, objectText, text, words } from './odd.ts';
import type { Kind } from './kind.ts';
import { codeOf, jwt, opaque, watch, type Witness } from './witness.ts';
import { createHttpWire } from './http-wire.ts';
import { createWire, type ServerSocket, type Transport, url } from './wire.ts';
import type { World } from './world.ts';
import { encoded, framed } from './msgpack.ts';

/** Messages of MessagePack, of which a part is missing where `cut` says so. */
interface Packed {
  messages: unknown[];
  cut: number;
}

type Frame = string | Uint8Array | Packed;

export interface FrameCase {
  /** Calls that wait for an answer meanwhile. */
  calls: ('invoke' | 'stream' | 'send')[];
  frames: Frame[];
}

/** Stands for the id of the first call that waits. */
const pending = '0§';

const ids = fc.oneof(
  { weight: 4, arbitrary: fc.constant(pending) },
  { weight: 1, arbitrary: fc.constantFrom('', '-1', '7', '999999', 'upload-1', ...names) },
);
const targets = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('Told', 'told', 'TOLD', 'Asked', 'Nobody') },
  { weight: 2, arbitrary: words },
);
const quoted = (value: Arbitrary<string>): Arbitrary<string> => value.map((each) => JSON.stringify(each));

/** Each field as it should be, of another type, or not at all. */
function message(type: number, fields: Record<string, Arbitrary<string>>): Arbitrary<string> {
  const all = Object.entries(fields).map(([name, good]) =>
    fc.oneof(
      { weight: 100, arbitrary: good.map((value) => [[name, value]] as const) },
      { weight: 1, arbitrary: anyJson.map((value) => [[name, value]] as const) },
      { weight: 1, arbitrary: fc.constant([] as const) },
    ),
  );
  const more = fc.oneof(
    { weight: 3, arbitrary: fc.constant<[string, string][]>([]) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...names), json).map((field) => [field]) },
  );
  return fc
    .tuple(more, ...all)
    .map(([others, ...known]) => objectText([['type', String(type)], ...known.flat(), ...others]));
}

const list = fc.array(json, { maxLength: 3 }).map((items) => `[${items.join()}]`);
const messages: Arbitrary<string> = fc.oneof(
  { weight: 48, arbitrary: message(1, { target: quoted(targets), arguments: list }) },
  { weight: 18, arbitrary: message(1, { target: quoted(targets), arguments: list, invocationId: quoted(ids) }) },
  { weight: 24, arbitrary: message(2, { invocationId: quoted(ids), item: anyJson }) },
  { weight: 18, arbitrary: message(3, { invocationId: quoted(ids), result: anyJson }) },
  { weight: 18, arbitrary: message(3, { invocationId: quoted(ids), error: quoted(words) }) },
  { weight: 1, arbitrary: message(4, { target: quoted(targets), invocationId: quoted(ids), arguments: list }) },
  { weight: 1, arbitrary: message(5, { invocationId: quoted(ids) }) },
  { weight: 12, arbitrary: message(6, {}) },
  { weight: 1, arbitrary: message(7, { error: quoted(words), allowReconnect: fc.constantFrom('true', 'false') }) },
  { weight: 1, arbitrary: message(8, { sequenceId: number.map(String) }) },
  { weight: 1, arbitrary: message(9, { sequenceId: number.map(String) }) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 300 }).chain((type) => message(type, {})) },
  { weight: 1, arbitrary: json },
);

const end = '\u001e';
const whole: Arbitrary<string> = fc.array(messages, { minLength: 1, maxLength: 3 }).map((all) => all.join(end) + end);

/** Under JSON. */
const jsonFrames: Arbitrary<Frame[]> = fc.array(
  fc.oneof(
    { weight: 200, arbitrary: whole },
    // A piece of a token looks like nothing.
    { weight: 1, arbitrary: broken(whole.filter((frame) => !frame.includes(opaque))) },
    // One message in two frames.
    {
      weight: 1,
      arbitrary: fc.constantFrom('', end, '\u001e\u001e', '{"type":6}', 'null\u001e', '{"type":"1"}\u001e'),
    },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: whole.map((value) => new TextEncoder().encode(value)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  ),
  { minLength: 1, maxLength: 2 },
);

/** A value of JSON as MessagePack; the ids as they are. */
const packed = json.map((value) => JSON.parse(value) as unknown);
const packedId = fc.oneof({ weight: 100, arbitrary: ids as Arbitrary<unknown> }, { weight: 1, arbitrary: packed });
const packedTarget = fc.oneof(
  { weight: 100, arbitrary: targets as Arbitrary<unknown> },
  { weight: 1, arbitrary: packed },
);
const packedList = fc.oneof(
  { weight: 100, arbitrary: fc.array(packed, { maxLength: 3 }) as Arbitrary<unknown> },
  { weight: 1, arbitrary: packed },
);
const headers = fc.oneof({ weight: 100, arbitrary: fc.constant({} as unknown) }, { weight: 1, arbitrary: packed });
const kindOfResult = fc.oneof(
  { weight: 100, arbitrary: fc.constantFrom<unknown>(1, 2, 3) },
  { weight: 1, arbitrary: packed },
);
const packedMessage: Arbitrary<unknown> = fc.oneof(
  {
    weight: 48,
    arbitrary: fc.tuple(
      fc.constant(1),
      headers,
      fc.oneof(fc.constant(null), packedId),
      packedTarget,
      packedList,
      fc.constant([]),
    ),
  },
  { weight: 24, arbitrary: fc.tuple(fc.constant(2), headers, packedId, packed) },
  { weight: 30, arbitrary: fc.tuple(fc.constant(3), headers, packedId, kindOfResult, packed) },
  { weight: 6, arbitrary: fc.tuple(fc.constant(3), headers, packedId, fc.constant(1), words) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>([6], [6, 6], []) },
  { weight: 1, arbitrary: fc.oneof(fc.tuple(fc.constant(7), packed), fc.tuple(fc.constant(7), packed, packed)) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: -2, max: 300 }), packed, packed) },
  { weight: 1, arbitrary: packed },
);
const packedFrame = (cut: Arbitrary<number>): Arbitrary<Packed> =>
  fc.record({ messages: fc.array(packedMessage, { minLength: 1, maxLength: 3 }), cut });

/** Under MessagePack. */
const packedFrames: Arbitrary<Frame[]> = fc.array(
  fc.oneof(
    { weight: 200, arbitrary: packedFrame(fc.constant(0)) },
    { weight: 1, arbitrary: packedFrame(fc.integer({ min: 1, max: 30 })) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map(framed) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    // A length that is far too long, or not done.
    {
      weight: 1,
      arbitrary: fc.constantFrom(bytes(255, 255, 255, 255, 7), bytes(255, 255, 255, 255, 255, 1), bytes(128), bytes(0)),
    },
    { weight: 1, arbitrary: text },
  ),
  { minLength: 1, maxLength: 2 },
);

const calls = fc.oneof(
  { weight: 2, arbitrary: fc.constant<FrameCase['calls']>([]) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom('invoke', 'stream', 'send'), { minLength: 1, maxLength: 3 }) },
);

/** One connection hears them all, for as long as it lives; then the client brings another. */
export function createFrameKind(
  world: World,
  protocol: 'JSON' | 'MessagePack',
  transport: Transport,
  share: number,
): Kind<FrameCase> {
  let subject: Subject | null = null;
  return {
    name: `frames, ${protocol}, ${transport}`,
    share,
    input: fc.record({ calls, frames: protocol === 'JSON' ? jsonFrames : packedFrames }),
    attempt(given) {
      subject ??= createSubject(world, protocol, transport);
      return subject.hear(given);
    },
    async leave() {
      const before = subject;
      subject = null;
      await before?.leave();
    },
  };
}

interface Subject {
  hear(given: FrameCase): Promise<string[]>;
  leave(): Promise<void>;
}

function createSubject(world: World, protocol: 'JSON' | 'MessagePack', transport: Transport): Subject {
  const wire = transport === 'WebSockets' ? createWire() : createHttpWire(transport);
  const packs = protocol === 'MessagePack';
  /** Calls on this connection, as SignalR counts them. */
  let called = 0;
  let answered: unknown[] = [];
  wire.greet = (socket) => {
    called = 0;
    socket.deliver(packs ? buffer(new TextEncoder().encode(`{}${end}`)) : `{}${end}`);
  };
  const witness = watch({
    url,
    auth: tokenFrom(jwt({ sub: 'ann' })),
    signalr: {
      ...wire.doors,
      ...(packs && { protocol: new MessagePackHubProtocol() as never }),
    },
  });
  const { hub } = witness;
  hub.on('Told', (...args: unknown[]) => answered.push(args));
  hub.handle('Asked', (...args: unknown[]) => args.length);

  async function connected(): Promise<void> {
    if (hub.getSnapshot().status === 'connected') return;
    if (!(await world.settled(hub.start()))) throw new Error('start() hangs after frames.');
  }

  function say(wanted: unknown[]): void {
    const message = packs ? buffer(framed(encoded(wanted))) : '';
    wire.current()?.deliver(packs ? message : `${JSON.stringify(asJson(wanted))}${end}`);
  }

  /** By polls it takes as many turns as there are frames, and more. */
  async function arrived(socket: ServerSocket): Promise<void> {
    for (let turns = 0; turns < 1_000; turns += 1) {
      await world.turn();
      if (!socket.isBehind || hub.getSnapshot().status !== 'connected') return;
    }
    throw new Error('It polls no more.');
  }

  async function hear({ calls: asked, frames }: FrameCase): Promise<string[]> {
    await connected();
    answered = [];
    const outcomes = new Set<string>();
    const first = called;
    const under = asked.map((how) => call(hub, how));
    called += asked.filter((how) => how !== 'send').length;
    await world.turn();
    const socket = wire.current()!;
    for (const frame of frames) socket.deliver(sent(frame, String(first)));
    await arrived(socket);
    if (answered.length > 0) outcomes.add('handlers called');
    const survives = socket.isOpen && hub.getSnapshot().status === 'connected';
    if (survives) {
      answered = [];
      for (let id = first; id < called; id += 1) say([3, {}, String(id), 3, 'good']);
      say([1, {}, null, 'Told', ['mark'], []]);
      await arrived(socket);
      if (JSON.stringify(answered) !== '[["mark"]]')
        throw new Error(`A good message was not heard: ${JSON.stringify(answered)}`);
      outcomes.add('goes on');
    }
    if (!(await world.settled(Promise.all(under), survives ? 0 : undefined))) throw new Error('A call hangs.');
    for (const each of under) outcomes.add(await each);
    if (!survives && !(await world.until(() => /^(dis)?connected$/.test(hub.getSnapshot().status))))
      throw new Error('It does not come back.');
    const { error } = hub.getSnapshot();
    if (error) outcomes.add(`stopped: ${error.code}`);
    else if (!survives) outcomes.add('connected again');
    witness.heard();
    return [...outcomes];
  }

  return { hear, leave: () => witness.leave(world, wire) };
}

/** How the call ended. */
async function call(hub: Witness['hub'], how: FrameCase['calls'][number]): Promise<string> {
  try {
    if (how === 'stream') for await (const _ of hub.stream('Stream')) continue;
    else await hub[how]('Method');
    return `${how} answered`;
  } catch (error) {
    return `${how}: ${codeOf(error)}`;
  }
}

/** A good message, of which both protocols have a form. */
function asJson([type, , invocationId, ...rest]: unknown[]): object {
  return type === 3 ? { type, invocationId, result: rest[1] } : { type, target: rest[0], arguments: rest[1] };
}

function sent(frame: Frame, id: string): string | ArrayBuffer {
  if (typeof frame === 'string') return frame.replaceAll(pending, id);
  if (frame instanceof Uint8Array) return buffer(frame);
  const whole = join(frame.messages.map((each) => framed(encoded(each, (value) => (value === pending ? id : value)))));
  return buffer(whole.slice(0, whole.length - frame.cut));
}

function join(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function buffer(data: Uint8Array): ArrayBuffer {
  return data.slice().buffer as ArrayBuffer;
}
