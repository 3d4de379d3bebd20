import type { IStreamResult, Subject } from '@microsoft/signalr';
import { createHubClient, type HubClient, type HubStream } from '@org/hub-core';
import { expectTypeOf, test } from 'vitest';

interface Message {
  readonly id: number;
  readonly text: string;
}

interface WrittenHub {
  server: {
    Send(room: string, text: string, urgent?: boolean): Message;
    Tag(message: number, ...tags: string[]): void;
    Count: (room: string) => Promise<number>;
    Anything(): any;
    Fail(): never;
    Import(lines: AsyncIterable<string>): number;
  };
  client: {
    Received(message: Message, room: string): void;
    Confirm(question: string): boolean;
  };
  streams: {
    Ticks(from: number, step?: number): Message;
    Echo(items: AsyncIterable<number>): number;
  };
}

// As TypedSignalR.Client.TypeScript writes them: `type`s, results in promises, streams as SignalR’s own types, in one interface.
type IChatHub = {
  /**
   * @param userName Transpiled from string
   * @returns Transpiled from System.Threading.Tasks.Task<int>
   */
  join(userName: string): Promise<number>;
  leave(): Promise<void>;
  countdown(from: number): IStreamResult<number>;
  upload(people: Subject<Message>): Promise<void>;
};
type IChatHubReceiver = {
  onMessage(message: Message): Promise<void>;
  askName(reason: string): Promise<string>;
};
interface GeneratedHub {
  server: IChatHub;
  client: IChatHubReceiver;
}

// Never called: the compiler is what these tests ask.
const client = <C extends GeneratedHub | WrittenHub>(): HubClient<C> => createHubClient<C>({ url: '/hub' });

test('a contract written as an interface gives calls their names, arguments and results', () => {
  const use = (hub: HubClient<WrittenHub>): void => {
    expectTypeOf(hub.invoke('Send', 'lobby', 'hello')).toEqualTypeOf<Promise<Message>>();
    expectTypeOf(hub.invoke('Send', 'lobby', 'hello', true)).toEqualTypeOf<Promise<Message>>();
    expectTypeOf(hub.invoke('Tag', 1, 'a', 'b', 'c')).toEqualTypeOf<Promise<void>>();
    expectTypeOf(hub.invoke('Count', 'lobby')).toEqualTypeOf<Promise<number>>();
    expectTypeOf(hub.invoke('Anything')).toEqualTypeOf<Promise<any>>();
    expectTypeOf(hub.invoke('Fail')).toEqualTypeOf<Promise<never>>();
    expectTypeOf(hub.send('Send', 'lobby', 'hello')).toEqualTypeOf<Promise<void>>();
    expectTypeOf(hub.with({ timeout: 1_000 }).invoke('Count', 'lobby')).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error no such method
    void hub.invoke('Sent', 'lobby', 'hello');
    // @ts-expect-error the text is missing
    void hub.invoke('Send', 'lobby');
    // @ts-expect-error a room is a string
    void hub.send('Send', 1, 'hello');
    // @ts-expect-error one too many
    void hub.invoke('Count', 'lobby', 2);
    // @ts-expect-error what streams is no call
    void hub.invoke('Ticks', 1);
    // @ts-expect-error its result goes nowhere
    expectTypeOf(hub.invoke('Count', 'lobby')).toEqualTypeOf<Promise<string>>();
  };
  expectTypeOf(use).parameter(0).toEqualTypeOf(client<WrittenHub>());
});

test('it gives client methods what the server sends, and results what the server waits for', () => {
  const use = (hub: HubClient<WrittenHub>): void => {
    hub.on('Received', (message, room) => {
      expectTypeOf(message).toEqualTypeOf<Message>();
      expectTypeOf(room).toEqualTypeOf<string>();
    });
    hub.on('Received', () => {});
    hub.handle('Confirm', (question) => question.endsWith('?'));
    hub.handle('Confirm', async (question) => question.endsWith('?'));
    // @ts-expect-error no such method
    hub.on('Recieved', () => {});
    // @ts-expect-error an id is a number
    hub.on('Received', ({ id }: { id: string }) => id);
    // @ts-expect-error the server waits for yes or no
    hub.handle('Confirm', () => 'yes');
  };
  expectTypeOf(use).returns.toBeVoid();
});

test('it gives streams their arguments and items', () => {
  const use = (hub: HubClient<WrittenHub>): void => {
    expectTypeOf(hub.stream('Ticks', 1)).toEqualTypeOf<HubStream<Message>>();
    expectTypeOf(hub.with({}).stream('Ticks', 1, 2)).toEqualTypeOf<HubStream<Message>>();
    // @ts-expect-error what answers once is no stream
    void hub.stream('Count', 'lobby');
    // @ts-expect-error it counts from a number
    void hub.stream('Ticks', 'one');
  };
  expectTypeOf(use).returns.toBeVoid();
});

test('a generated contract works as it is: promises are results, SignalR’s stream results are streams', () => {
  const use = (hub: HubClient<GeneratedHub>): void => {
    expectTypeOf(hub.invoke('join', 'ann')).toEqualTypeOf<Promise<number>>();
    expectTypeOf(hub.invoke('leave')).toEqualTypeOf<Promise<void>>();
    expectTypeOf(hub.stream('countdown', 10)).toEqualTypeOf<HubStream<number>>();
    hub.on('onMessage', (message) => expectTypeOf(message).toEqualTypeOf<Message>());
    hub.handle('askName', () => 'ann');
    // @ts-expect-error what streams is no call
    void hub.invoke('countdown', 10);
    // @ts-expect-error what answers once is no stream
    void hub.stream('leave');
    // @ts-expect-error a name is a string
    hub.handle('askName', () => 1);
  };
  expectTypeOf(use).parameter(0).toEqualTypeOf(client<GeneratedHub>());
});

test('without a contract any name will do, and results are what the caller says', () => {
  const use = (hub: HubClient): void => {
    expectTypeOf(hub.invoke('Count')).toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(hub.invoke<number>('Count', 'lobby')).toEqualTypeOf<Promise<number>>();
    expectTypeOf(hub.stream<string>('Ticks')).toEqualTypeOf<HubStream<string>>();
    hub.on('Anything', (one: string, two: number) => [one, two]);
  };
  expectTypeOf(use)
    .parameter(0)
    .toEqualTypeOf(createHubClient({ url: '/hub' }));
});
