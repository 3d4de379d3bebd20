import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { IHttpConnectionOptions } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { createTestHub, createTestTokens } from '@org/hub-testing';
import type { AnyHubContract, TestHub } from '@org/hub-testing';
import { mswHandlers } from '@org/hub-testing/msw';
import { setupWorker } from 'msw/browser';

export type Transport = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';

export interface Visit {
  url: string;
  transport: Transport;
  token: string;
  binary?: boolean;
}

/** What SignalR's client, without any of ours, got out of a hub. */
export interface Report {
  who: unknown;
  bytes: unknown;
  stream: unknown[];
  heard: unknown;
  /** What `onclose` was told when the hub ended it. */
  closed: string;
}

/** What a WebSocket told a page: events in order, with code and wasClean. */
export type SocketEvents = string[];

export interface TestingPage {
  visit(visit: Visit): Promise<Report>;
  /** A hub in the page, without a network. */
  visitInProcess(transport: Transport): Promise<Report>;
  /** A hub in the page, behind MSW's service worker. */
  visitThroughMsw(transport: Transport): Promise<{ report: Report; token: string }>;
  /** Opens a socket, and another one by the hub in the page; `send` is sent when it is open. */
  socket(url: string, send?: string): Promise<SocketEvents>;
  socketInProcess(send: string | undefined, fault: 'drop' | 'reject' | 'abort'): Promise<SocketEvents>;
}

declare global {
  interface Window {
    testing: TestingPage;
  }
}

async function visit(
  { url, transport, token, binary = false }: Visit,
  options: IHttpConnectionOptions = {},
): Promise<Report> {
  const builder = new HubConnectionBuilder()
    .withUrl(url, { ...options, transport: HttpTransportType[transport], accessTokenFactory: () => token })
    .configureLogging(LogLevel.None);
  const connection = (binary ? builder.withHubProtocol(new MessagePackHubProtocol()) : builder).build();
  const heard = new Promise((resolve) => connection.on('Heard', resolve));
  const closed = new Promise<string>((resolve) => connection.onclose((error) => resolve(error?.message ?? 'no error')));
  await connection.start();
  const who = await connection.invoke('WhoAmI');
  const bytes = await connection.invoke('Echo', binary ? new Uint8Array([0, 128, 255]) : 'é');
  const stream: unknown[] = [];
  await new Promise<void>((complete, error) =>
    connection.stream('Count', 3).subscribe({ next: (item) => stream.push(item), complete, error }),
  );
  await connection.send('Tell', 'line\nline');
  const report = { who, bytes: binary ? Array.from(bytes as Uint8Array) : bytes, stream, heard: await heard };
  await connection.send('Abort');
  return { ...report, closed: await closed };
}

/** Connects and stops, and connects and is dropped; resolves when the hub has heard of all, and the client of the drop. */
async function comeAndGo(
  hub: TestHub<AnyHubContract>,
  { url, transport, token }: Visit,
  options: IHttpConnectionOptions = {},
): Promise<void> {
  const connection = new HubConnectionBuilder()
    .withUrl(url, { ...options, transport: HttpTransportType[transport], accessTokenFactory: () => token })
    .configureLogging(LogLevel.None)
    .build();
  for (const end of [() => void connection.stop(), () => hub.drop()]) {
    const [connected, disconnected] = [hub.waitFor('connected'), hub.waitFor('disconnected')];
    const closed = new Promise((resolve) => connection.onclose(resolve));
    await connection.start();
    await connected;
    end();
    await Promise.all([disconnected, closed]);
  }
}

const tokens = createTestTokens();

function createHub(): TestHub<AnyHubContract> {
  return createTestHub({
    authenticate: tokens.authenticate,
    methods: {
      WhoAmI: ({ userId }) => userId,
      Echo: (_call, value) => value,
      Tell: (call, value) => call.clients.caller.send('Heard', value),
      Abort: (call) => call.abort(),
    },
    streams: {
      *Count(_call, to: number) {
        for (let n = 1; n <= to; n += 1) yield n;
      },
    },
  });
}

function eventsOf(socket: WebSocket, send: string | undefined): Promise<SocketEvents> {
  const log: string[] = [];
  return new Promise((resolve) => {
    socket.onopen = () => {
      log.push('open');
      if (send !== undefined) socket.send(send);
    };
    socket.onmessage = ({ data }) => log.push(`message ${data}`);
    socket.onerror = () => log.push('error');
    socket.onclose = ({ code, wasClean }) => resolve([...log, `close ${code} ${wasClean}`]);
  });
}

window.testing = {
  visit: (options) => visit(options),

  async visitInProcess(transport) {
    const hub = createHub();
    const at = hub.inProcess();
    const options = { url: at.url, transport, token: await tokens.issue({ sub: 'ann' }) };
    const report = await visit(options, at);
    await comeAndGo(hub, options, at);
    await hub.dispose();
    return report;
  },

  async visitThroughMsw(transport) {
    const hub = createHub();
    const worker = setupWorker(...mswHandlers(hub, { url: '/hub' }));
    await worker.start({ onUnhandledRequest: 'bypass' });
    const token = await tokens.issue({ sub: 'ann' });
    const report = await visit({ url: '/hub', transport, token });
    await comeAndGo(hub, { url: '/hub', transport, token });
    worker.stop();
    await hub.dispose();
    return { report, token };
  },

  socket: (url, send) => eventsOf(new WebSocket(url), send),

  async socketInProcess(send, fault) {
    const hub = createTestHub({ methods: { Abort: (call) => call.abort() } });
    if (fault === 'reject') hub.reject(401, { on: 'upgrade' });
    if (fault === 'drop') hub.on('connected', () => hub.drop());
    const { WebSocket, url } = hub.inProcess();
    const log = await eventsOf(new WebSocket(url), send);
    await hub.dispose();
    return log;
  },
};
