import { HttpTransportType, Subject } from '@microsoft/signalr';
import type { HubConnection, IStreamResult } from '@microsoft/signalr';
import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';

/** What the promise came to, as an app sees it. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** The items of a stream, then how it ended. */
function itemsOf(stream: IStreamResult<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  return new Promise((resolve) =>
    stream.subscribe({
      next: (item) => void items.push(item),
      complete: () => resolve([...items, 'end']),
      error: (error: Error) => resolve([...items, `${error.name}: ${error.message}`]),
    }),
  );
}

function closing(connection: HubConnection): Promise<string> {
  return new Promise((resolve) =>
    connection.onclose((error) => resolve(error === undefined ? 'no error' : error.message)),
  );
}

export const client: readonly Behaviour[] = chapter('@microsoft/signalr', ({ client }) => {
  client('invokes', async (bench) => (await bench.connect()).invoke('Add', 1, 2), 3);
  client(
    'many at once, each gets its own',
    async (bench) => {
      const connection = await bench.connect();
      return Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => connection.invoke('Add', n, n)));
    },
    [2, 4, 6, 8, 10, 12, 14, 16],
  );
  client('gets null for nothing', async (bench) => (await bench.connect()).invoke('Nothing'), null);
  client(
    'any value comes back',
    async (bench) => (await bench.connect()).invoke('Echo', { a: [1, null, 'ü', true, 1.5] }),
    { a: [1, null, 'ü', true, 1.5] },
  );
  client(
    'sends, and the next call finds what was done',
    async (bench) => {
      const connection = await bench.connect();
      await connection.send('Remember', 5);
      return connection.invoke('Remember', 6);
    },
    5,
  );
  client(
    'hears why a call failed',
    async (bench) => outcome((await bench.connect()).invoke('Fail')),
    "Error: An unexpected error occurred invoking 'Fail' on the server.",
  );
  client(
    'hears the text of a HubException',
    async (bench) => outcome((await bench.connect()).invoke('FailKindly')),
    "Error: An unexpected error occurred invoking 'FailKindly' on the server. HubException: told",
  );
  client(
    'hears that there is no such method',
    async (bench) => outcome((await bench.connect()).invoke('Nope')),
    "Error: Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist.",
  );
  client(
    'hears that it may not',
    async (bench) => outcome((await bench.connect()).invoke('Members')),
    "Error: Failed to invoke 'Members' because user is unauthorized",
  );
  client('streams', async (bench) => itemsOf((await bench.connect()).stream('Count', 3)), [0, 1, 2, 'end']);
  client('hears why a stream failed', async (bench) => itemsOf((await bench.connect()).stream('BreakKindly')), [
    1,
    'Error: An error occurred on the server while streaming results. HubException: midway',
  ]);
  client('hears why a stream did not begin', async (bench) => itemsOf((await bench.connect()).stream('BreakEarly')), [
    "Error: An unexpected error occurred invoking 'BreakEarly' on the server.",
  ]);
  client(
    'cancels a stream, and the method ends',
    async (bench) => {
      const connection = await bench.connect();
      const { connectionId } = connection;
      await new Promise<void>((resolve) => {
        const subscription = connection.stream('Drip', bench.unique('gate')).subscribe({
          next() {
            subscription.dispose();
            resolve();
          },
          complete: () => undefined,
          error: () => undefined,
        });
      });
      return (await bench.server.fact('streamEnded', connectionId!)).text;
    },
    'cancelled',
  );
  client(
    'uploads',
    async (bench) => {
      const connection = await bench.connect();
      const items = new Subject<number>();
      const sum = connection.invoke('Sum', 10, items);
      items.next(1);
      items.next(2);
      items.complete();
      return sum;
    },
    13,
  );
  client(
    'an upload that fails is told to the method',
    async (bench) => {
      const connection = await bench.connect();
      const items = new Subject<number>();
      const sum = outcome(connection.invoke('Overhear', items));
      items.next(1);
      items.error(new Error('client broke'));
      return [await sum, (await bench.server.fact('uploadFailed', connection.connectionId!)).text];
    },
    [
      "Error: An unexpected error occurred invoking 'Overhear' on the server. HubException: client broke",
      'HubException: client broke',
    ],
  );
  client(
    'streams both ways',
    async (bench) => {
      const connection = await bench.connect();
      const items = new Subject<number>();
      const doubled = itemsOf(connection.stream('Double', items));
      items.next(1);
      items.next(2);
      items.complete();
      return doubled;
    },
    [2, 4, 'end'],
  );
  client(
    'answers a question',
    async (bench) => {
      const [asked, asking] = [await bench.connect(), await bench.connect()];
      asked.on('Question', (number: number) => number * 6);
      return asking.invoke('Ask', asked.connectionId);
    },
    42,
  );
  client(
    'without a handler it says so',
    async (bench) => {
      const [asked, asking] = [await bench.connect(), await bench.connect()];
      return outcome(asking.invoke('Ask', asked.connectionId));
    },
    "Error: An unexpected error occurred invoking 'Ask' on the server. HubException: Client didn't provide a result.",
  );
  client(
    'a handler that throws is an error of the question',
    async (bench) => {
      const [asked, asking] = [await bench.connect(), await bench.connect()];
      asked.on('Question', () => {
        throw new Error('no idea');
      });
      return outcome(asking.invoke('Ask', asked.connectionId));
    },
    "Error: An unexpected error occurred invoking 'Ask' on the server. HubException: Error: no idea",
  );
  client(
    'hears messages in order, and before the answer to the call that caused them',
    async (bench) => {
      const connection = await bench.connect();
      const heard: unknown[] = [];
      connection.on('Said', (text) => void heard.push(text));
      for (const text of ['one', 'two']) heard.push(await connection.invoke('Send', 'caller', [], text));
      return heard;
    },
    ['one', null, 'two', null],
  );
  client(
    'is in the groups that it joined',
    async (bench) => {
      const [speaker, listener] = [await bench.connect(), await bench.connect()];
      const room = bench.unique('room');
      const heard = new Promise((resolve) => listener.on('Said', resolve));
      await listener.invoke('Join', room);
      await speaker.invoke('Send', 'group', [room], 'hello');
      return heard;
    },
    'hello',
  );
  client(
    'is its user',
    async (bench) => {
      const token = await bench.token({ sub: 'ann', roles: ['staff'] });
      const connection = await bench.connect({ variant: 'secured', accessTokenFactory: () => token });
      const { userId, roles } = await connection.invoke<{ userId: string; roles: string[] }>('Me');
      return [userId, roles, await connection.invoke('Members'), await connection.invoke('Staff')];
    },
    ['ann', ['staff'], 'welcome', 'welcome'],
  );
  client(
    'is refused without a token',
    async (bench) => outcome(bench.connection({ variant: 'secured' }).start()),
    "Error: Failed to complete negotiation with the server: Error: Unauthorized: Status code '401'",
  );
  client(
    'is refused without the role',
    async (bench) => {
      const token = await bench.token({ sub: 'ann' });
      return outcome(bench.connection({ variant: 'staff', accessTokenFactory: () => token }).start());
    },
    "Error: Failed to complete negotiation with the server: Error: Forbidden: Status code '403'",
  );
  client(
    'closes when onConnected throws',
    async (bench) => {
      // Once start() is done: a Close that comes before leaves SignalR connected to nothing, or its start() failed, as it happens.
      const connection = await bench.connect({ variant: 'refusing-late' });
      const closed = closing(connection);
      await bench.server.open(connection.connectionId!);
      return closed;
    },
    'Server returned an error on close: Connection closed with an error. HubException: not you',
  );
  client(
    'closes when the server aborts',
    async (bench) => {
      const connection = await bench.connect();
      const closed = closing(connection);
      await outcome(connection.invoke('Abort'));
      return [await closed, connection.state];
    },
    ['no error', 'Disconnected'],
  );
  client(
    'calls in flight fail when the server aborts',
    async (bench) => {
      const connection = await bench.connect({ variant: 'parallel' });
      const waiting = outcome(connection.invoke('Wait', bench.unique('gate')));
      await bench.server.fact('waiting', connection.connectionId!);
      await outcome(connection.invoke('Abort'));
      return waiting;
    },
    'Error: Invocation canceled due to the underlying connection being closed.',
  );
  client(
    'stops, and the server hears no error',
    async (bench) => {
      const connection = await bench.connect();
      const { connectionId } = connection;
      await connection.stop();
      return [(await bench.server.fact('disconnected', connectionId!)).text, connection.state];
    },
    ['', 'Disconnected'],
  );
  client(
    'starts again after it has stopped, with a new id',
    async (bench) => {
      const connection = await bench.connect();
      const first = connection.connectionId;
      await connection.stop();
      await connection.start();
      return [first !== connection.connectionId, await connection.invoke('Add', 1, 2)];
    },
    [true, 3],
  );
  client(
    'is closed at expiry, without an error',
    async (bench) => {
      const token = await bench.token({ sub: 'ann', expiresIn: 1 });
      const connection = await bench.connect({ variant: 'expiring', accessTokenFactory: () => token });
      return closing(connection);
    },
    { WebSockets: 'no error', ServerSentEvents: 'no error', LongPolling: 'no error' },
  );
  client(
    'reconnects after expiry when it may',
    async (bench: Bench) => {
      const tokens = [await bench.token({ sub: 'ann', expiresIn: 1 })];
      const connection = bench.connection({ variant: 'expiring', accessTokenFactory: () => tokens[0]! }, true);
      await connection.start();
      const first = connection.connectionId;
      tokens[0] = await bench.token({ sub: 'ann', expiresIn: 60 });
      const second = await new Promise((resolve) => connection.onreconnected(resolve));
      return [typeof second, second !== first, await connection.invoke('Add', 1, 2)];
    },
    ['string', true, 3],
    { on: ['WebSockets', 'ServerSentEvents'] },
  );
  client(
    'keeps a connection whose server is silent with pings',
    async (bench) => {
      const connection = await bench.connect({ variant: 'quick' });
      connection.serverTimeoutInMilliseconds = 2_500;
      const gate = bench.unique('gate');
      const pinged = await bench.link({ variant: 'quick', on: 'WebSockets' });
      const waiting = connection.invoke('Wait', gate);
      await pinged.until(5);
      await bench.server.open(gate);
      return waiting.then((text: string) => text.replace(/#\d+/, ''));
    },
    'gate',
    { on: ['WebSockets', 'ServerSentEvents'], port: true },
  );
  client(
    'hears what a hub says in onConnected',
    async (bench) => {
      const connection = bench.connection({ variant: 'greeting' });
      const heard = new Promise((resolve) => connection.on('Hello', resolve));
      await connection.start();
      return heard;
    },
    'friend',
  );
  client(
    'falls back to the transport that the hub has',
    async (bench) => {
      const connection = bench.connection({
        variant: 'long-polling-only',
        transport: HttpTransportType.WebSockets | HttpTransportType.LongPolling,
      });
      await connection.start();
      return connection.invoke('Add', 1, 2);
    },
    3,
    { on: ['WebSockets'] },
  );
  client(
    'is told of the transports that the hub lacks',
    async (bench) => outcome(bench.connection({ variant: 'long-polling-only' }).start()),
    "Error: Unable to connect to the server with any of the available transports. LongPolling failed: Error: 'LongPolling' is disabled by the client.",
    { on: ['WebSockets'] },
  );
  client(
    'connects without negotiation',
    async (bench) => (await bench.connect({ skipNegotiation: true })).invoke('Add', 1, 2),
    3,
    { on: ['WebSockets'] },
  );
  client(
    'finds no hub where there is none',
    async (bench) => outcome(bench.connection({ path: '/other' }).start()),
    "Error: Failed to complete negotiation with the server: Error: Not Found: Status code '404' Either this is not a SignalR endpoint or there is a proxy blocking the connection.",
    { port: true },
  );
});
