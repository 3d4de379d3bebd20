/// <reference types="node" />
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHubClient } from '@org/hub-core';
import type { HubClient, HubEvent, HubOptions, HubSnapshot } from '@org/hub-core';
import { createTestHub } from '@org/hub-testing';
import type { AnyHubContract, HubCall, TestHub, TestHubOptions } from '@org/hub-testing';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

type Call = HubCall<AnyHubContract>;

/** What every hub of these tests can do. */
const methods = {
  Echo: (_: Call, value: unknown) => value,
  /** Runs until its connection has ended. */
  Hold: ({ signal }: Call) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  /** What `Context.Abort()` does. */
  Abort: (call: Call) => call.abort(),
  Drop: (call: Call) => call.drop(),
  Fail() {
    throw new Error('A secret of the server.');
  },
  Ask: (call: Call, method: string, value: unknown) => call.clients.caller.invoke(method, value),
  Tell: (call: Call, ...args: unknown[]) => call.clients.caller.send('Told', ...args),
  JoinGroup: (call: Call, group: string) => call.groups.add(group),
  LeaveGroup: (call: Call, group: string) => call.groups.remove(group),
  JoinGroups: (call: Call, groups: string[]) => Promise.all(groups.map((group) => call.groups.add(group))),
};

export interface Served {
  server: TestHub<AnyHubContract>;
  url: string;
  /** What came to the door, oldest first: `negotiated ann`, `refused 401`. */
  visits: string[];
  /** Each call that the hub took, with its arguments: `JoinGroup room`. */
  calls(): string[];
}

/** A hub for one test, on a port of its own. */
export async function serve(options: TestHubOptions<AnyHubContract> = {}): Promise<Served> {
  const server = createTestHub({
    maximumParallelInvocationsPerClient: 100,
    ...options,
    methods: { ...methods, ...options.methods },
  });
  onTestFinished(() => server.dispose());
  const visits: string[] = [];
  server.on('negotiated', ({ userId }) => visits.push(`negotiated ${userId}`));
  server.on('refused', ({ status }) => visits.push(`refused ${status}`));
  const { url } = await server.listen();
  return {
    server,
    url,
    visits,
    calls: () => server.received().map(({ method, args }) => [method, ...args].join(' ')),
  };
}

/** A web server that is no hub. */
export function servePage(status: number, body: string): Promise<string> {
  return serveHttp((_, response) => void response.writeHead(status, { 'Content-Type': 'text/html' }).end(body));
}

/** A web server of the test’s own; the address is that of a hub. */
export async function serveHttp(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hub`;
}

export interface Client {
  hub: HubClient;
  /** Every event so far, oldest first. */
  events: HubEvent[];
  /** The types of these, for one list in order; all of them, if none is named. */
  types(...wanted: HubEvent['type'][]): string[];
}

/** A client that is disposed of with the test, and records its events. */
export function createClient(url: HubOptions['url'], options: Partial<HubOptions> = {}): Client {
  const events: HubEvent[] = [];
  const hub = createHubClient({
    url,
    logger: 'none',
    reconnect: { baseDelay: 20, maxDelay: 100 },
    ...options,
    events: { '*': (event) => events.push(event), ...options.events },
    signalr: { WebSocket: WebSocket as never, ...options.signalr },
  });
  onTestFinished(() => hub.dispose());
  return {
    hub,
    events,
    types: (...wanted) => events.map(({ type }) => type).filter((type) => wanted.length === 0 || wanted.includes(type)),
  };
}

/** The first snapshot, from now on, that is as wanted. Rejects after `timeout` ms with the last one. */
export function until(
  hub: Pick<HubClient, 'getSnapshot' | 'subscribe'>,
  wanted: (snapshot: HubSnapshot) => boolean,
  timeout = 4_000,
): Promise<HubSnapshot> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const snapshot = hub.getSnapshot();
      if (!wanted(snapshot)) return;
      clearTimeout(timer);
      off();
      resolve(snapshot);
    };
    const off = hub.subscribe(look);
    const timer = setTimeout(() => {
      off();
      reject(new Error(`Not within ${timeout} ms: ${wanted.toString()}; it is ${JSON.stringify(hub.getSnapshot())}`));
    }, timeout);
    look();
  });
}

/** The next event of this type. */
export function nextEvent<T extends HubEvent['type']>(
  hub: HubClient,
  type: T,
): Promise<Extract<HubEvent, { type: T }>> {
  return new Promise((resolve) => {
    const off = hub.events.on(type, (event) => {
      off();
      resolve(event as unknown as Extract<HubEvent, { type: T }>);
    });
  });
}

export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function createDeferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/** A call that is under way until the test ends it. */
export function slowMethod() {
  const called = createDeferred();
  const answer = createDeferred<unknown>();
  return {
    called: called.promise,
    answer: answer.resolve,
    methods: {
      Slow: (_call: Call) => {
        called.resolve();
        return answer.promise;
      },
    },
  };
}
