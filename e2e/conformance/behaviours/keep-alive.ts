import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import { close, invoke, ping, record, result, shaken } from '../frames.ts';
import { closed } from '../links/raw-link.ts';

const pinging = ['WebSockets', 'ServerSentEvents'] as const;

export const keepAlive: readonly Behaviour[] = chapter('keep-alive', ({ raw, scene, error }) => {
  raw('a silent hub pings, again and again', async ({ link }) => link.until(3), [ping, ping], {
    variant: 'quick',
    on: pinging,
  });
  scene(
    'long polling needs no pings',
    async (bench) => {
      const link = await bench.link({ variant: 'quick' });
      const pinged = await bench.link({ variant: 'quick', on: 'WebSockets' });
      await pinged.until(3);
      return [bench.plain(link.received), bench.plain(pinged.received)];
    },
    [[shaken], [shaken, ping, ping]],
    { on: ['LongPolling'], port: true },
  );
  const silence =
    "OperationCanceledException: Client hasn't sent a message/ping within the configured ClientTimeoutInterval.";
  error(
    'a client that pinged once and is silent is closed, and may come back',
    async ({ link, send }) => {
      await send(ping);
      await link.untilEnded();
    },
    ` ${silence}`,
    (details) => [close(`Connection closed with an error.${details}`, true), closed],
    { variant: 'strict', detailed: 'detailed-strict' },
  );
  scene(
    'OnDisconnectedAsync is told of the silence',
    async (bench) => {
      const link = await bench.link({ variant: 'strict' });
      await link.send(record(ping));
      return (await bench.server.fact('disconnected', link.connectionId)).text;
    },
    silence,
  );
  scene(
    'a client that never pinged may be silent for ever',
    async (bench) => {
      const link = await bench.link({ variant: 'strict' });
      const doomed = await bench.link({ variant: 'strict', on: 'WebSockets' });
      await doomed.send(record(ping));
      await doomed.untilEnded();
      await link.send(record(invoke('1', 'Add', [1, 2])));
      await link.until(2);
      return bench.plain(link.received)[1];
    },
    result('1', 3),
    { port: true },
  );
  scene(
    'a client whose calls wait for their turn is not closed for its silence',
    async (bench) => {
      const [silent, busy] = [await bench.link({ variant: 'strict' }), await bench.link({ variant: 'strict' })];
      const gate = bench.unique('gate');
      await busy.send(record(ping, invoke('1', 'Wait', [gate]), invoke('2', 'Add', [1, 2])));
      await bench.server.fact('waiting', busy.connectionId);
      await silent.send(record(ping));
      await silent.untilEnded();
      await bench.server.open(gate);
      await busy.until(3);
      return bench.plain(busy.received).slice(1);
    },
    [result('1', 'gate'), result('2', 3)],
  );
  scene(
    'a client whose one call runs is closed for its silence',
    async (bench) => {
      const link = await bench.link({ variant: 'strict' });
      await link.send(record(ping, invoke('1', 'Wait', [bench.unique('gate')])));
      await link.untilEnded();
      return bench.plain(link.received).slice(1);
    },
    [close('Connection closed with an error.', true), closed],
  );
});
