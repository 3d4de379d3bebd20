import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { invoke, json, record, result } from '../frames.ts';
import type { Variant } from '../servers/server.ts';

/** One client calls a method that asks the other; what that one hears, and what comes of its answer. */
async function ask(
  bench: Bench,
  answer: (invocationId: string) => string | null,
  variant: Variant = 'plain',
): Promise<object> {
  const asked = await bench.link({ variant });
  const asking = await bench.link({ variant });
  await asking.send(record(invoke('1', 'Ask', [asked.connectionId])));
  await asked.until(2);
  const question = JSON.parse(asked.received[1]!) as { invocationId: string };
  const said = answer(question.invocationId);
  if (said === null) asked.kill();
  else await asked.send(record(said));
  await asking.until(2);
  return {
    // The numbers differ from server to server; that there is one matters.
    question: json({ ...question, invocationId: question.invocationId === '' ? '' : 'some' }),
    answer: bench.plain(asking.received)[1],
  };
}

const question = json({ type: 1, invocationId: 'some', target: 'Question', arguments: [7] });
const went = "An unexpected error occurred invoking 'Ask' on the server.";
const answered = (answer: string): object => ({ question, answer });
const failed = (error: string): object => answered(json({ type: 3, invocationId: '1', error }));

export const clientResults: readonly Behaviour[] = chapter('client results', ({ scene, error }) => {
  scene(
    'the answer of a client goes to the method',
    (bench) => ask(bench, (id) => result(id, 42)),
    answered(result('1', 42)),
  );
  scene(
    'an answer to nothing is dropped',
    async (bench) => {
      const link = await bench.link();
      await link.send(record(result('nobody', 1), invoke('1', 'Add', [1, 2])));
      await link.until(2);
      return bench.plain(link.received).slice(1);
    },
    [result('1', 3)],
  );
  for (const [name, variant, details] of [
    ['', 'plain', ''],
    [', in detail', 'detailed', " IOException: Connection '<id 1>' disconnected."],
  ] as const) {
    scene(
      `the client's error is a HubException${name}`,
      (bench) => ask(bench, (id) => json({ type: 3, invocationId: id, error: 'no idea' }), variant),
      failed(`${went} HubException: no idea`),
    );
    scene(
      `the client dies before it answers${name}`,
      (bench) => ask(bench, () => null, variant),
      failed(went + details),
      { on: ['WebSockets', 'ServerSentEvents'], port: 'WebSockets' },
    );
  }
  error(
    'a client that is not there',
    [invoke('1', 'Ask', ['nobody'])],
    " IOException: Connection 'nobody' does not exist.",
    (details) => [json({ type: 3, invocationId: '1', error: went + details })],
  );
  scene(
    'a client may ask herself where more than one call runs at once',
    async (bench) => {
      const link = await bench.link({ variant: 'parallel' });
      await link.send(record(invoke('1', 'Ask', [link.connectionId])));
      await link.until(2);
      const { invocationId } = JSON.parse(link.received[1]!) as { invocationId: string };
      await link.send(record(result(invocationId, 5)));
      await link.until(3);
      return link.received[2];
    },
    result('1', 5),
  );
});
