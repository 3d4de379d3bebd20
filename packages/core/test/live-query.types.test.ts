import type { HubClient } from '@org/hub-core';
import { createLiveQuery, type LiveLoadContext, type LiveQuery, type LiveQuerySnapshot } from '@org/hub-core/live';
import { expectTypeOf, it } from 'vitest';

interface Message {
  id: number;
  text: string;
}

interface ChatHub {
  server: { History(after?: number): Message[] };
  client: { Added(message: Message, room: string): void; Removed(id: number): void };
}

declare const chat: HubClient<ChatHub>;
declare const untyped: HubClient;

it('knows data, messages and keys from the contract and from what the load returns', () => {
  const create = (): void => {
    const query = createLiveQuery(chat, {
      load: () => chat.invoke('History'),
      on: {
        Added(messages, message, room) {
          expectTypeOf(messages).toEqualTypeOf<Message[]>();
          expectTypeOf(message).toEqualTypeOf<Message>();
          expectTypeOf(room).toEqualTypeOf<string>();
          return [...messages, message];
        },
        Removed: (messages, id) => messages.filter((message) => message.id !== id),
      },
      itemKey: (message) => message.id,
    });
    expectTypeOf(query).toEqualTypeOf<LiveQuery<Message[]>>();
  };
  expectTypeOf(create).toBeFunction();
});

it('takes the type from the argument of the load, or as it is given', () => {
  const create = (): void => {
    const newer = async ({ previous = [], signal }: LiveLoadContext<Message[]>): Promise<Message[]> => {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return [...previous, ...(await chat.invoke('History', previous.at(-1)?.id))];
    };
    const on = { Removed: (messages: Message[], id: number) => messages.filter((message) => message.id !== id) };
    expectTypeOf(createLiveQuery(chat, { load: newer, on })).toEqualTypeOf<LiveQuery<Message[]>>();
    createLiveQuery<ChatHub, readonly Message[]>(chat, {
      load({ previous, signal }) {
        expectTypeOf(previous).toEqualTypeOf<readonly Message[] | undefined>();
        return chat.with({ signal }).invoke('History');
      },
      on: { Added: (messages, message) => [...messages, message] },
      itemKey: ({ id }) => id,
    });
  };
  expectTypeOf(create).toBeFunction();
});

it('refuses what the hub does not have, and keys of what is no list', () => {
  const create = (): void => {
    const load = (): Message[] => [];
    // @ts-expect-error the server has no such call
    createLiveQuery(chat, { load, on: { Massage: (messages: Message[]) => messages } });
    // @ts-expect-error another type of data
    createLiveQuery(chat, { load, on: { Added: () => 'text' } });
    // @ts-expect-error a sum has no items
    createLiveQuery(chat, { load: () => 5, on: {}, itemKey: (item: number) => item });
  };
  expectTypeOf(create).toBeFunction();
});

it('takes any name and any arguments without a contract', () => {
  const create = (): void => {
    const query = createLiveQuery(untyped, { load: () => 5, on: { Added: (sum, by: number) => sum + by } });
    expectTypeOf(query).toEqualTypeOf<LiveQuery<number>>();
  };
  expectTypeOf(create).toBeFunction();
});

it('has data where there is success, and an error where there is none', () => {
  const read = (snapshot: LiveQuerySnapshot<Message[]>): void => {
    if (snapshot.status === 'success') expectTypeOf(snapshot.data).toEqualTypeOf<Message[]>();
    if (snapshot.status === 'pending') expectTypeOf(snapshot.data).toEqualTypeOf<undefined>();
    if (snapshot.status === 'error') expectTypeOf(snapshot.error).toEqualTypeOf<Error>();
  };
  expectTypeOf(read).toBeFunction();
});
