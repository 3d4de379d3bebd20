/// <reference types="node" />
import { type HubClient, tokenFrom } from '@org/hub-core';
import { createLiveQuery, type LiveLoadContext, type LiveQuery } from '@org/hub-core/live';
import { expect, it, onTestFinished } from 'vitest';
import type { LabHub } from '../lab/index.ts';
import { createDeferred } from '../lab/deferred.ts';
import { seeded } from '../seeded.ts';
import { createClient, everyNumberTo, hearNumbers, startServers } from './client.ts';

/** Ms in which connections are dropped; at two hundred numbers a second. */
const duration = 10_000;
const soon = { baseDelay: 20, maxDelay: 100 };

it('26. whatever is dropped, the data is what the server has: no number missing, none twice', async () => {
  const { lab } = await startServers();
  const auth = tokenFrom(() => lab.issue({ sub: 'ann', expiresIn: 300 }));
  const random = seeded(26);
  const over = createDeferred<void>();
  const [whole, newer] = [
    createClient(lab.url, { auth, reconnect: soon }),
    createClient(lab.url, { auth, reconnect: soon }),
  ];
  const all = watch(whole.hub, random, over.promise, () => 0);
  // It asks only for what it does not have.
  const rest = watch(newer.hub, random, over.promise, ({ previous = [] }) => previous.at(-1) ?? 0);
  const { heard, reaches } = hearNumbers(whole.hub);
  await Promise.all([whole.hub.start(), newer.hub.start()]);

  await lab.startNumbers({ every: 5 });
  for (const end = Date.now() + duration; Date.now() < end;) {
    await reaches((heard.at(-1) ?? 0) + 1 + Math.floor(random() * 80));
    await lab.drop();
  }
  await reaches((heard.at(-1) ?? 0) + 100);
  const last = await lab.stopNumbers();
  over.resolve();
  await Promise.all([all, rest].map(({ query }) => reachesLive(query, last)));

  const history = await whole.hub.invoke('NumbersSince', 0);
  expect(history).toEqual(everyNumberTo(last));
  expect(all.query.getSnapshot()).toMatchObject({ status: 'success', data: history, error: null });
  expect(rest.query.getSnapshot()).toMatchObject({ status: 'success', data: history, error: null });
  // The connections did have gaps, there were loads that a gap overtook, and some that messages went past.
  expect(whole.hub.getSnapshot().gaps).toBeGreaterThan(10);
  expect(heard.length).toBeLessThan(last);
  for (const { loads } of [all, rest]) {
    expect(loads.filter(({ aborted }) => aborted).length).toBeGreaterThan(0);
    expect(loads.filter(({ aborted }) => !aborted).length).toBeGreaterThan(10);
  }
});

/** A query whose loads take as long as up to forty numbers, until these are `over`; `after` says which it asks for. */
function watch(
  hub: HubClient<LabHub>,
  random: () => number,
  over: Promise<void>,
  after: (context: LiveLoadContext<number[]>) => number,
): { query: LiveQuery<number[]>; loads: AbortSignal[] } {
  const { heard, reaches } = hearNumbers(hub);
  const loads: AbortSignal[] = [];
  const query = createLiveQuery(hub, {
    async load(context: LiveLoadContext<number[]>) {
      const { previous = [], signal } = context;
      loads.push(signal);
      const from = after(context);
      const numbers = await hub.invoke('NumbersSince', from);
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await Promise.race([reaches((heard.at(-1) ?? 0) + Math.floor(random() * 40)), aborted, over]);
      return [...previous.slice(0, from), ...numbers];
    },
    on: { Number: (numbers, number) => [...numbers, number] },
    itemKey: (number) => number,
    retry: soon,
  });
  onTestFinished(() => query.dispose());
  query.subscribe(() => {});
  return { query, loads };
}

/** Resolves once the query is live and has as many numbers as this. */
function reachesLive(query: LiveQuery<number[]>, last: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { fetchStatus, data = [] } = query.getSnapshot();
      if (fetchStatus !== 'idle' || data.length < last) return;
      off();
      resolve();
    };
    const off = query.subscribe(look);
    look();
  });
}
