/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import { HubException } from '@org/hub-testing';
import type { HubCall, SingleClientTarget, TestHubOptions } from '@org/hub-testing';
import type { Journal } from './journal.ts';
import type { LabHub } from './lab.ts';
import type { NodeLabState } from './node-lab.ts';
import type { Numbers } from './node-numbers.ts';

type Call = HubCall<LabHub>;
type Parts = Required<Pick<TestHubOptions<LabHub>, 'methods' | 'streams' | 'authorize'>>;

let joins = 0;

/** The methods of aspnetcore/LabHub.cs; what each means is said in lab.ts. */
export function createLabMethods(state: NodeLabState, journal: Journal, numbers: () => Numbers): Parts {
  async function join(call: Call, groups: string[]): Promise<void> {
    const id = `node:${++joins}`;
    let outcome: 'joined' | 'refused' | 'failed' | 'lost' = 'lost';
    journal.record({ fact: 'joining', id, connectionId: call.connectionId, groups, at: Date.now() });
    try {
      await sleep(state.joinDelay);
      const refused = groups.find((group) => state.refusedGroups.has(group));
      if (refused !== undefined) {
        outcome = 'refused';
        throw new HubException(`The group '${refused}' is closed to you.`);
      }
      if (groups.some(takeFailure)) {
        outcome = 'failed';
        throw new Error('The database is down.');
      }
      if (call.signal.aborted) return;
      for (const group of groups) await call.groups.add(group);
      outcome = 'joined';
    } finally {
      journal.record({ fact: 'joinEnded', id, outcome });
    }
  }

  function takeFailure(group: string): boolean {
    const times = state.failingGroups.get(group) ?? 0;
    if (times > 0) state.failingGroups.set(group, times - 1);
    return times > 0;
  }

  /** Tells of a method that has a name for it: what it reads, and, once, how it ends. */
  function tell({ connectionId, signal }: Call, run: string) {
    let over = false;
    journal.record({ fact: 'runStarted', run, connectionId });
    const ended = (how: string): void => {
      if (!over) journal.record({ fact: 'runEnded', run, how });
      over = true;
    };
    return {
      async *read<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
        for await (const item of items) {
          journal.record({ fact: 'runItem', run, item });
          yield item;
        }
      },
      ended,
      failed: (error: unknown): void => ended(signal.aborted ? 'cancelled' : (error as Error).message),
    };
  }

  async function observe<T>(
    call: Call,
    run: string,
    body: (read: ReturnType<typeof tell>['read']) => Promise<T>,
  ): Promise<T> {
    const { read, ended, failed } = tell(call, run);
    try {
      const result = await body(read);
      ended('completed');
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  const methods: Parts['methods'] = {
    Echo: (_, value) => value,
    Add: (_, a, b) => a + b,
    JoinGroup: (call, group) => join(call, [group]),
    JoinGroups: join,
    async LeaveGroup(call, group) {
      await call.groups.remove(group);
      journal.record({ fact: 'left', connectionId: call.connectionId, group });
    },
    SendToGroup: (call, group, text) => call.clients.group(group).send('GroupMessage', group, text),
    async Slow(_, ms, tag) {
      state.counts.set(tag, (state.counts.get(tag) ?? 0) + 1);
      await sleep(ms);
      return tag;
    },
    Count: (_, tag) => state.counts.get(tag) ?? 0,
    Fail(_, kind) {
      throw kind === 'hub' ? new HubException('You cannot do that.') : new Error('A secret of the server.');
    },
    RolesOnly: () => 'welcome',
    WhoAmI: ({ userId, user, connectionId }) => ({ userId, roles: [...(user?.roles ?? [])], connectionId }),
    NumbersSince: (_, number) => numbers().since(number),
    AskClient(call, method, argument) {
      // Tests ask for methods of their own names, outside of the contract.
      const caller = call.clients.caller as unknown as SingleClientTarget<{
        server: object;
        client: Record<string, (argument: unknown) => unknown>;
      }>;
      return caller.invoke(method, argument);
    },
    Collect: (call, run, numbers) => observe(call, run, (read) => collect(read(numbers))),
    CollectTwo: (call, run, numbers, words) =>
      observe(call, run, async (read) => {
        const both = await Promise.all([collect(read(numbers)), collect(read(words))]);
        return { numbers: both[0], words: both[1] };
      }),
    CollectSome: (call, run, count, numbers) => observe(call, run, (read) => collect(read(numbers), count)),
  };
  const streams: Parts['streams'] = {
    async *Counter(call, count, delayMs) {
      for (let number = 1; number <= count && !call.signal.aborted; number++) {
        if (delayMs > 0) await sleep(delayMs);
        yield number;
      }
    },
    async *Ticks(call, run, delayMs) {
      const { ended } = tell(call, run);
      try {
        for (let number = 1; !call.signal.aborted; number++) {
          yield number;
          await sleep(delayMs);
        }
      } finally {
        ended('cancelled');
      }
    },
    async *Double(call, run, numbers) {
      const { read, ended, failed } = tell(call, run);
      // Also where the reader leaves: `return()` waits in vain for an upload that brings nothing.
      call.signal.addEventListener('abort', () => ended('cancelled'));
      try {
        for await (const number of read(numbers)) yield 2 * number;
        ended('completed');
      } catch (error) {
        failed(error);
        throw error;
      }
    },
  };
  return {
    methods: recorded(methods, journal),
    streams: recorded(streams, journal),
    authorize: { RolesOnly: { roles: ['admin'] } },
  };
}

async function collect<T>(items: AsyncIterable<T>, count = Infinity): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
    if (collected.length >= count) break;
  }
  return collected;
}

/** As the hub filter on ASP.NET Core: each invocation that was authorised, before it runs; without the streams among its arguments. */
function recorded<T extends object>(methods: T, journal: Journal): T {
  const record = ([method, run]: [string, (call: Call, ...args: unknown[]) => unknown]) => [
    method,
    (call: Call, ...args: unknown[]) => {
      const { connectionId, userId } = call;
      const values = args.filter((arg) => !(arg instanceof Object && Symbol.asyncIterator in arg));
      journal.record({ fact: 'called', connectionId, userId, method, args: values, at: Date.now() });
      return run(call, ...args);
    },
  ];
  return Object.fromEntries(Object.entries(methods).map(record)) as T;
}
