import { expectTypeOf, it } from 'vitest';
import {
  createHubHooks,
  type HubClient,
  type HubSnapshot,
  type HubStatus,
  useHub,
  useHubInvoke,
  useHubMessage,
  useHubQuery,
  useHubStream,
} from '@org/hub-react';
import type { RoomHub } from './live-hub.ts';

interface Message {
  id: number;
  text: string;
}

/** As a generator writes it: an interface, results in promises, streams as what they are on the server. */
interface ChatHub {
  server: { Send(room: string, text: string): Promise<Message>; History(room: string): Promise<Message[]> };
  client: { Received(message: Message, room: string): void; Removed(id: number): Promise<void> };
  streams: { Ticks(from: number, step?: number): number };
}

const chat = createHubHooks<ChatHub>();
const typed = createHubHooks<RoomHub>();

it('knows the names and arguments of the contract', () => {
  const useContract = (): void => {
    expectTypeOf(typed.useHub()).toEqualTypeOf<HubClient<RoomHub>>();
    expectTypeOf(typed.useHubSnapshot()).toEqualTypeOf<HubSnapshot>();
    expectTypeOf(typed.useHubSnapshot((snapshot) => snapshot.status)).toEqualTypeOf<HubStatus>();
    typed.useHubMessage('Message', (text) => expectTypeOf(text).toEqualTypeOf<string>());
    // @ts-expect-error the server has no such call
    typed.useHubMessage('Massage', () => {});
    typed.useHubEvent('groupFailed', ({ error }) => expectTypeOf(error.remediation).toEqualTypeOf<string>());
  };
  expectTypeOf(useContract).toBeFunction();
});

it('gives a call its arguments and its result', () => {
  const useContract = (): void => {
    const send = chat.useHubInvoke('Send');
    expectTypeOf(send.invoke).toEqualTypeOf<(room: string, text: string) => Promise<Message>>();
    expectTypeOf(send.data).toEqualTypeOf<Message | undefined>();
    if (send.status === 'success') expectTypeOf(send.data).toEqualTypeOf<Message>();
    if (send.status === 'error') expectTypeOf(send.error).toEqualTypeOf<Error>();
    // @ts-expect-error the hub has no such method
    chat.useHubInvoke('Sent');
    // @ts-expect-error a stream is no call
    chat.useHubInvoke('Ticks');
    // @ts-expect-error the text is missing
    void send.invoke('lobby');
  };
  expectTypeOf(useContract).toBeFunction();
});

it('gives a stream its arguments and its items', () => {
  const useContract = (): void => {
    const ticks = chat.useHubStream('Ticks', [1], { enabled: false, keep: 10 });
    expectTypeOf(ticks.data).toEqualTypeOf<readonly number[]>();
    expectTypeOf(ticks.status).toEqualTypeOf<'pending' | 'streaming' | 'done' | 'error'>();
    if (ticks.status === 'error') expectTypeOf(ticks.error).toEqualTypeOf<Error>();
    chat.useHubStream('Ticks', [1, 2]);
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
    const messages = chat.useHubQuery({
      queryKey: ['messages', 'lobby'],
      load: () => hub.invoke('History', 'lobby'),
      on: {
        Received(known, message, room) {
          expectTypeOf(known).toEqualTypeOf<Message[]>();
          expectTypeOf(message).toEqualTypeOf<Message>();
          expectTypeOf(room).toEqualTypeOf<string>();
          return [...known, message];
        },
        Removed: (known, id) => known.filter((message) => message.id !== id),
      },
      itemKey: (message) => message.id,
      group: 'lobby',
      enabled: true,
    });
    expectTypeOf(messages.data).toEqualTypeOf<Message[] | undefined>();
    if (messages.status === 'success') expectTypeOf(messages.data).toEqualTypeOf<Message[]>();
    expectTypeOf(messages.error).toEqualTypeOf<Error | null>();
    expectTypeOf(messages.reload).toEqualTypeOf<() => void>();
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
    const count = useHubInvoke<number>('Count');
    expectTypeOf(count.invoke).toEqualTypeOf<(...args: unknown[]) => Promise<number>>();
    expectTypeOf(useHubInvoke('Count').data).toEqualTypeOf<unknown>();
    expectTypeOf(useHubStream<string>('Words', ['en', 1]).data).toEqualTypeOf<readonly string[]>();
    const words = useHubQuery({
      queryKey: ['words'],
      load: async () => ['a'],
      on: { Said: (known, word: string) => [...known, word] },
    });
    expectTypeOf(words.data).toEqualTypeOf<string[] | undefined>();
  };
  expectTypeOf(useContract).toBeFunction();
});
