import { HubException } from '@org/hub-testing';
import type { AnyHubContract, HubCall, TestHubOptions } from '@org/hub-testing';

type Call = HubCall<AnyHubContract>;
type Options = TestHubOptions<AnyHubContract>;

/** What methods see beside the wire: ../aspnetcore/Scene.cs. */
export interface Scene {
  gate(name: string): Promise<void>;
  tell(call: Call, fact: string, text?: string): void;
}

/** An exception under the name that it has in .NET: clients see it with `enableDetailedErrors`. */
export function failure(message: string): Error {
  return Object.assign(new Error(message), { name: 'InvalidOperationException' });
}

/** The methods of ../aspnetcore/ConformanceHub.cs. */
export function createMethods({ gate, tell }: Scene): Required<Pick<Options, 'methods' | 'streams'>> & Options {
  async function sum(start: number, items: AsyncIterable<number>): Promise<number> {
    let total = start;
    for await (const item of items) total += item;
    return total;
  }

  return {
    methods: {
      Add: (_call, a: number, b: number) => a + b,
      Nothing: () => undefined,
      Null: () => null,
      Echo: (_call, value: unknown) => value,
      Describe: (_call, { name, age = null }: { name: string; age?: number | null }) => ({ name, age }),
      Fail() {
        throw failure('secret');
      },
      FailLater: () => Promise.reject(failure('secret')),
      FailKindly() {
        throw new HubException('told');
      },
      Unwritable: () => ({
        toJSON() {
          throw failure('unwritable');
        },
      }),
      async Wait(call, name: string) {
        tell(call, 'waiting', name);
        await gate(name);
        return name;
      },
      WaitForTheEnd(call) {
        tell(call, 'waiting');
        return new Promise<void>((resolve) => {
          call.signal.addEventListener('abort', () => {
            tell(call, 'aborted');
            resolve();
          });
        });
      },
      Me: (call) => ({ connectionId: call.connectionId, userId: call.userId, roles: call.user?.roles ?? [] }),
      Abort: (call) => call.abort(),
      Renamed: () => 1,
      Members: () => 'welcome',
      Staff: () => 'welcome',
      Remember(call, value: number) {
        const before = call.items.get('value') ?? 0;
        call.items.set('value', value);
        return before;
      },

      Sum: (_call, start: number, items: AsyncIterable<number>) => sum(start, items),
      SumBoth: async (_call, first: AsyncIterable<number>, second: AsyncIterable<number>) =>
        sum(await sum(0, first), second),
      TakeNone: (_call, _items: AsyncIterable<number>) => 1,
      async Overhear(call, items: AsyncIterable<number>) {
        let total = 0;
        try {
          for await (const item of items) {
            total += item;
            tell(call, 'heard', String(item));
          }
        } catch (error) {
          const { name, message } = error as Error;
          tell(call, 'uploadFailed', `${name}: ${message}`);
          throw new HubException(message);
        }
        return String(total);
      },

      Ask: (call, connectionId: string) => call.clients.client(connectionId).invoke('Question', 7),

      Join: (call, group: string) => call.groups.add(group),
      Leave: (call, group: string) => call.groups.remove(group),
      JoinOther: (call, group: string, connectionId: string) => call.groups.add(group, connectionId),
      Send: (call, whom: string, names: string[], text: string) => target(call, whom, names).send('Said', text),
    },
    streams: {
      async *Count(_call, count: number) {
        for (let i = 0; i < count; i += 1) yield i;
      },
      async *Drip(call, name: string) {
        let outcome = 'completed';
        try {
          yield 0;
          const cancelled = new Promise((resolve) => call.signal.addEventListener('abort', resolve));
          await Promise.race([gate(name), cancelled]);
          if (call.signal.aborted) outcome = 'cancelled';
          else yield 1;
        } finally {
          tell(call, 'streamEnded', outcome);
        }
      },
      async *Break() {
        yield 1;
        throw failure('midway');
      },
      async *BreakKindly() {
        yield 1;
        throw new HubException('midway');
      },
      BreakEarly() {
        throw failure('early');
      },
      BreakEarlyKindly() {
        throw new HubException('early');
      },
      NoStream: () => null as unknown as Iterable<number>,
      async *MembersStream() {
        yield 1;
      },
      async *Double(_call, items: AsyncIterable<number>) {
        for await (const item of items) yield 2 * item;
      },
    },
    authorize: { Members: true, MembersStream: true, Staff: { roles: ['staff'] } },
    parameters: {
      Add: ['integer', 'integer'],
      Nothing: [],
      Null: [],
      Echo: ['any'],
      Describe: ['object'],
      Fail: [],
      FailKindly: [],
      Members: [],
      Me: [],
      Count: ['integer'],
      Drip: ['string'],
      Sum: ['integer', 'stream'],
      SumBoth: ['stream', 'stream'],
      Overhear: ['stream'],
      TakeNone: ['stream'],
      Double: ['stream'],
    },
  };
}

function target(call: Call, whom: string, names: string[]): { send(method: string, text: string): Promise<void> } {
  const { clients } = call;
  const [first = '', second = ''] = names;
  switch (whom) {
    case 'caller':
      return clients.caller;
    case 'others':
      return clients.others;
    case 'all':
      return clients.all;
    case 'allExcept':
      return clients.except(...names);
    case 'client':
      return clients.client(first);
    case 'group':
      return clients.group(first);
    case 'groups':
      return clients.groups(...names);
    case 'groupExcept':
      return clients.groupExcept(first, second);
    case 'othersInGroup':
      return clients.othersInGroup(first);
    case 'user':
      return clients.user(first);
    case 'users':
      return clients.users(...names);
    default:
      throw new HubException(whom);
  }
}
