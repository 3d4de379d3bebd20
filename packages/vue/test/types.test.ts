import { expectTypeOf, it } from 'vitest';
import { type ComputedRef, computed, ref } from 'vue';
import {
  createHubComposables,
  type HubClient,
  type HubSnapshot,
  type HubStatus,
  useHub,
  useHubInvoke,
  useHubMessage,
  useHubQuery,
  useHubStream,
} from '@org/hub-vue';
import type { LiveLoadContext } from '@org/hub-vue/live';
import type { RoomHub } from '../../react/test/live-hub.ts';

interface Message {
  id: number;
  text: string;
}

/** As a generator writes it: an interface, and results in promises. */
interface ChatHub {
  server: { Send(room: string, text: string): Promise<Message>; History(room: string): Promise<Message[]> };
  client: { Received(message: Message, room: string): void; Removed(id: number): Promise<void> };
  streams: { Ticks(from: number, step?: number): number };
}

const chat = createHubComposables<ChatHub>();
const typed = createHubComposables<RoomHub>();

it('knows the names and arguments of the contract', () => {
  const useContract = (): void => {
    expectTypeOf(typed.useHub()).toEqualTypeOf<HubClient<RoomHub>>();
    expectTypeOf(typed.useHubSnapshot()).toEqualTypeOf<ComputedRef<HubSnapshot>>();
    expectTypeOf(typed.useHubSnapshot((snapshot) => snapshot.status)).toEqualTypeOf<ComputedRef<HubStatus>>();
    typed.useHubMessage(ref('Message' as const), (text) => expectTypeOf(text).toEqualTypeOf<string>());
    // @ts-expect-error the server has no such call
    typed.useHubMessage('Massage', () => {});
    typed.useHubEvent('groupFailed', ({ error }) => expectTypeOf(error.remediation).toEqualTypeOf<string>());
  };
  expectTypeOf(useContract).toBeFunction();
});

it('gives a call its arguments and its result, in refs that are read-only', () => {
  const useContract = (): void => {
    const send = chat.useHubInvoke('Send');
    expectTypeOf(send.invoke).toEqualTypeOf<(room: string, text: string) => Promise<Message>>();
    expectTypeOf(send.data).toEqualTypeOf<ComputedRef<Message | undefined>>();
    expectTypeOf(send.status).toEqualTypeOf<ComputedRef<'idle' | 'pending' | 'success' | 'error'>>();
    expectTypeOf(send.error).toEqualTypeOf<ComputedRef<Error | null>>();
    // @ts-expect-error read-only
    send.data.value = undefined;
    // @ts-expect-error the hub has no such method
    chat.useHubInvoke('Sent');
    // @ts-expect-error a stream is no call
    chat.useHubInvoke('Ticks');
    // @ts-expect-error the text is missing
    void send.invoke('lobby');
  };
  expectTypeOf(useContract).toBeFunction();
});

it('gives a stream its arguments, which may be refs or getters, and its items', () => {
  const useContract = (): void => {
    const ticks = chat.useHubStream('Ticks', [1], { enabled: () => false, keep: 10 });
    expectTypeOf(ticks.data).toEqualTypeOf<ComputedRef<readonly number[]>>();
    expectTypeOf(ticks.status).toEqualTypeOf<ComputedRef<'pending' | 'streaming' | 'done' | 'error'>>();
    const from = ref(1);
    chat.useHubStream('Ticks', () => [from.value]);
    chat.useHubStream(
      'Ticks',
      computed((): [number, number] => [from.value, 2]),
      { enabled: ref(true) },
    );
    // @ts-expect-error it begins with a number
    chat.useHubStream('Ticks', ['1']);
    // @ts-expect-error a call is no stream
    chat.useHubStream('Send', ['lobby', 'hello']);
    // @ts-expect-error this hub has no streams
    typed.useHubStream('Ticks', [1]);
  };
  expectTypeOf(useContract).toBeFunction();
});

it('gives a query the data of its load, and its reducers the messages of the contract', () => {
  const useContract = (): void => {
    const hub = chat.useHub();
    const room = ref('lobby');
    const messages = chat.useHubQuery({
      queryKey: ['messages', room],
      load: () => hub.invoke('History', room.value),
      on: {
        Received(known, message, from) {
          expectTypeOf(known).toEqualTypeOf<Message[]>();
          expectTypeOf(message).toEqualTypeOf<Message>();
          expectTypeOf(from).toEqualTypeOf<string>();
          return [...known, message];
        },
        Removed: (known, id) => known.filter((message) => message.id !== id),
      },
      itemKey: (message) => message.id,
      group: room,
      enabled: computed(() => room.value !== ''),
    });
    expectTypeOf(messages.data).toEqualTypeOf<ComputedRef<Message[] | undefined>>();
    expectTypeOf(messages.status).toEqualTypeOf<ComputedRef<'pending' | 'success' | 'error'>>();
    expectTypeOf(messages.error).toEqualTypeOf<ComputedRef<Error | null>>();
    expectTypeOf(messages.fetchStatus).toEqualTypeOf<ComputedRef<'fetching' | 'paused' | 'idle'>>();
    expectTypeOf(messages.reload).toEqualTypeOf<() => void>();
    chat.useHubQuery<readonly Message[]>({
      queryKey: () => ['messages', room.value],
      load({ previous, signal }) {
        expectTypeOf(previous).toEqualTypeOf<readonly Message[] | undefined>();
        return hub.with({ signal }).invoke('History', room.value);
      },
      on: {},
      group: () => null,
      itemKey: ({ id }) => id,
    });
    const newer = async ({ previous = [] }: LiveLoadContext<Message[]>): Promise<Message[]> => previous;
    expectTypeOf(chat.useHubQuery({ queryKey: [], load: newer, on: {} }).data.value).toEqualTypeOf<
      Message[] | undefined
    >();
    // @ts-expect-error a query has a key
    chat.useHubQuery({ load: () => hub.invoke('History', 'lobby'), on: {} });
    const load = (): Promise<Message[]> => hub.invoke('History', 'lobby');
    // @ts-expect-error the server has no such call
    chat.useHubQuery({ queryKey: [], load, on: { Recieved: (known: Message[]) => known } });
    // @ts-expect-error a reducer returns what the load does
    chat.useHubQuery({ queryKey: [], load, on: { Removed: () => 'nothing' } });
  };
  expectTypeOf(useContract).toBeFunction();
});

it('takes any name without a contract', () => {
  const useContract = (): void => {
    useHubMessage('Anything', (text: string, count: number) => void [text, count]);
    expectTypeOf(useHub().invoke<number>('Count')).toEqualTypeOf<Promise<number>>();
    const count = useHubInvoke<number>(() => 'Count');
    expectTypeOf(count.invoke).toEqualTypeOf<(...args: unknown[]) => Promise<number>>();
    expectTypeOf(useHubInvoke('Count').data).toEqualTypeOf<ComputedRef<unknown>>();
    expectTypeOf(useHubStream<string>('Words', ['en', 1]).data).toEqualTypeOf<ComputedRef<readonly string[]>>();
    const words = useHubQuery({
      queryKey: ['words'],
      load: async () => ['a'],
      on: { Said: (known, word: string) => [...known, word] },
    });
    expectTypeOf(words.data).toEqualTypeOf<ComputedRef<string[] | undefined>>();
  };
  expectTypeOf(useContract).toBeFunction();
});
