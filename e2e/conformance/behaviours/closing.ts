import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { close, invoke, record, result, shaken } from '../frames.ts';
import { closed } from '../links/raw-link.ts';
import type { RawLink } from '../links/raw-link.ts';
import type { Variant } from '../servers/server.ts';

/** Whether the link ends before `OnDisconnectedAsync` has finished: it waits at a gate. */
async function endsBeforeItsEnd(bench: Bench, leave: (link: RawLink) => unknown): Promise<object> {
  const link = await bench.link({ variant: 'leaving' });
  const leaving = Promise.resolve(leave(link)).catch(String);
  await bench.server.fact('leaving', link.connectionId);
  await bench.settled();
  const before = { said: bench.plain(link.received).slice(1), ended: link.ended };
  await bench.server.open(link.connectionId);
  await link.untilEnded();
  await leaving;
  await bench.server.fact('disconnected', link.connectionId);
  return { before, after: bench.plain(link.received).slice(1) };
}

async function toldTo(bench: Bench, leave: (link: RawLink) => unknown, variant: Variant = 'plain'): Promise<string> {
  const link = await bench.link({ variant });
  await leave(link);
  return (await bench.server.fact('disconnected', link.connectionId)).text;
}

const clean = ['WebSockets', 'ServerSentEvents'] as const;

export const closing: readonly Behaviour[] = chapter('closing', ({ raw, scene }) => {
  raw('Close is answered, and the connection ends', [close()], [close(), closed]);
  raw('Close with an error is answered without', [close('mine')], [close(), closed]);
  raw('what comes behind Close is dropped', [record(close()) + invoke('1', 'Add', [1, 2])], [close(), closed]);
  raw(
    'what came before Close is answered',
    [record(invoke('1', 'Add', [1, 2])) + close()],
    [result('1', 3), close(), closed],
  );
  raw(
    'Close does not wait for a call that runs',
    async ({ send, fact, gate }) => {
      await send(invoke('1', 'Wait', [gate]));
      await fact('waiting');
      await send(close());
    },
    [close(), closed],
  );
  raw(
    'Close waits behind calls that wait for their turn',
    async ({ send, fact, open, gate }) => {
      await send(invoke('1', 'Wait', [gate]), invoke('2', 'Add', [1, 2]), close());
      await fact('waiting');
      await open();
    },
    [result('1', 'gate'), result('2', 3), close(), closed],
  );
  scene(
    'a call that runs is told of the end',
    async (bench) => {
      const link = await bench.link();
      await link.send(record(invoke('1', 'WaitForTheEnd')));
      await bench.server.fact('waiting', link.connectionId);
      await link.send(record(close()));
      return (await bench.server.fact('aborted', link.connectionId)).fact;
    },
    'aborted',
  );
  raw('Abort() says Close, and not to come back', [invoke('1', 'Abort')], [close(), closed]);

  scene(
    'after Close the connection ends when OnDisconnectedAsync has finished',
    (bench) => endsBeforeItsEnd(bench, (link) => link.send(record(close()))),
    { before: { said: [close()], ended: false }, after: [close(), closed] },
  );
  scene(
    'after Abort() the connection ends when OnDisconnectedAsync has finished',
    (bench) => endsBeforeItsEnd(bench, (link) => link.send(record(invoke('1', 'Abort')))),
    { before: { said: [close()], ended: false }, after: [close(), closed] },
  );
  scene(
    'a socket that the client closes is answered before OnDisconnectedAsync has run',
    (bench) => endsBeforeItsEnd(bench, (link) => link.close()),
    { before: { said: [closed], ended: true }, after: [closed] },
    { on: ['WebSockets'] },
  );
  scene(
    'a DELETE is answered, and the polls end, before OnDisconnectedAsync has run',
    async (bench) => {
      const link = await bench.link({ variant: 'leaving' });
      const status = await link.close();
      // A poll that waits hears a Close or a 204, as the threads of the server fall; then it is over in any case.
      await link.untilEnded();
      await bench.server.fact('leaving', link.connectionId);
      await bench.server.open(link.connectionId);
      await bench.server.fact('disconnected', link.connectionId);
      return status;
    },
    202,
    { on: ['LongPolling'] },
  );
  scene(
    'a socket is answered with 1000 whatever code it was closed with',
    async (bench) => {
      const link = await bench.link();
      await link.close(4001);
      return bench.plain(link.received);
    },
    [shaken, closed],
    { on: ['WebSockets'] },
  );
  scene('a DELETE is accepted', async (bench) => (await bench.link()).close(), 202, { on: ['LongPolling'] });
  scene('a DELETE is refused on an event stream', async (bench) => (await bench.link()).close(), 400, {
    on: ['ServerSentEvents'],
  });

  scene(
    'OnDisconnectedAsync hears no error after Close',
    (bench) => toldTo(bench, (link) => link.send(record(close()))),
    '',
  );
  scene(
    "OnDisconnectedAsync hears the client's error",
    (bench) => toldTo(bench, (link) => link.send(record(close('mine')))),
    'HubException: mine',
  );
  scene(
    'OnDisconnectedAsync hears no error after Abort()',
    (bench) => toldTo(bench, (link) => link.send(record(invoke('1', 'Abort')))),
    '',
  );
  scene(
    'OnDisconnectedAsync hears of bad data',
    (bench) => toldTo(bench, (link) => link.send(record('garbage'))),
    'InvalidDataException: Error reading JSON.',
  );
  scene('OnDisconnectedAsync hears no error when a client dies', (bench) => toldTo(bench, (link) => link.kill()), '', {
    on: clean,
    port: 'WebSockets',
  });
  scene(
    'OnDisconnectedAsync hears no error after the close of the socket, or DELETE',
    (bench) => toldTo(bench, (link) => link.close()),
    '',
    {
      on: ['WebSockets', 'LongPolling'],
    },
  );
  scene(
    'an OnDisconnectedAsync that throws ends it as an error does',
    async (bench) => {
      const link = await bench.link({ variant: 'failing-to-leave' });
      await link.send(record(close()));
      // It throws only once the Close is out; before, the two race on ASP.NET Core.
      await link.until(2);
      await bench.server.open(link.connectionId);
      await link.untilEnded();
      return bench.plain(link.received).slice(1);
    },
    {
      WebSockets: [close(), `${closed} 1011`],
      ServerSentEvents: [close(), closed],
      LongPolling: [close(), 'poll 500'],
    },
  );

  const gone = async (bench: Bench): Promise<RawLink> => {
    const link = await bench.link();
    await link.send(record(close()));
    await link.untilEnded();
    return link;
  };
  scene(
    'after the end its id takes no POST',
    async (bench) => {
      const { connectionToken } = await gone(bench);
      return bench.request('POST', `plain?id=${connectionToken}`, { body: 'x' });
    },
    { status: 404, headers: { 'content-type': 'text/plain' }, body: 'No Connection with that ID' },
  );
  scene(
    'after the end its id opens nothing',
    async (bench) => {
      const { connectionToken } = await gone(bench);
      return bench.reopen('plain', connectionToken);
    },
    '404 No Connection with that ID',
    { port: 'WebSockets' },
  );
  scene(
    'an id that is in use opens no second',
    async (bench) => {
      const { connectionToken } = await bench.link();
      return bench.reopen('plain', connectionToken);
    },
    '409',
    { on: ['WebSockets', 'ServerSentEvents'], port: 'WebSockets' },
  );
  scene(
    'the connection id opens nothing, only the token does',
    async (bench) => {
      const { connectionId } = await bench.negotiate('plain');
      return bench.reopen('plain', connectionId);
    },
    '404 No Connection with that ID',
    { port: 'WebSockets' },
  );
});
