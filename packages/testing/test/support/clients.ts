import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { HubConnection, IHttpConnectionOptions } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { WebSocket } from 'ws';
import type { HubContract, HubRequest, HubResponse, TestHub } from '../../src/index.ts';

const recordSeparator = '\x1e';

/** The raw client of SignalR. In an ES module under Node it finds no WebSocket by itself. */
export function signalrClient(url: string, options: IHttpConnectionOptions = {}): HubConnection {
  return new HubConnectionBuilder()
    .withUrl(url, { WebSocket, ...options } as IHttpConnectionOptions)
    .configureLogging(LogLevel.None)
    .build();
}

/** The same, speaking MessagePack. */
export function messagePackClient(
  url: string,
  more: (builder: HubConnectionBuilder) => HubConnectionBuilder = (builder) => builder,
  options: IHttpConnectionOptions = {},
): HubConnection {
  const builder = new HubConnectionBuilder()
    .withUrl(url, { WebSocket, ...options } as IHttpConnectionOptions)
    .withHubProtocol(new MessagePackHubProtocol())
    .configureLogging(LogLevel.None);
  return more(builder).build();
}

export function bearer(token: string): IHttpConnectionOptions {
  return { accessTokenFactory: () => token };
}

/** What a client saw, in order: each hub message as it was on the wire, then `closed 1000`. */
export interface Wire {
  readonly log: string[];
  send(...messages: object[]): void;
  sendRaw(data: string): void;
  /** Resolves when the log has this many entries. */
  until(count: number): Promise<string[]>;
}

function createLog(): { log: string[]; add(entry: string): void; until(count: number): Promise<string[]> } {
  const log: string[] = [];
  const waiting: { count: number; resolve(log: string[]): void }[] = [];
  return {
    log,
    add(entry) {
      log.push(entry);
      for (const { count, resolve } of waiting) if (log.length >= count) resolve(log);
    },
    until: (count) =>
      log.length >= count ? Promise.resolve(log) : new Promise((resolve) => waiting.push({ count, resolve })),
  };
}

function records(data: string): string[] {
  return data.split(recordSeparator).filter((record) => record !== '');
}

function encode(messages: object[]): string {
  return messages.map((message) => JSON.stringify(message) + recordSeparator).join('');
}

export const handshake = { protocol: 'json', version: 1 };

/** A WebSocket over a port, without any SignalR. */
export async function rawSocket(url: string): Promise<Wire & { socket: WebSocket }> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  const { log, add, until } = createLog();
  socket.on('message', (data: Buffer) => records(data.toString()).forEach(add));
  socket.on('close', (code) => add(`closed ${code}`));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    socket,
    log,
    until,
    send: (...messages) => socket.send(encode(messages)),
    sendRaw: (data) => socket.send(data),
  };
}

/** The status and challenge that an upgrade was refused with. */
export function refusedUpgrade(url: string): Promise<{ status: number | undefined; challenge: string | undefined }> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The upgrade was accepted.')));
    socket.once('error', () => undefined);
    socket.once('unexpected-response', (_request, response) => {
      resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'] });
      socket.terminate();
    });
  });
}

/** A client without a port, by the hub's own entrances: works with fake timers. The client answers Close frames unless told otherwise. */
export async function inMemory(
  hub: Pick<TestHub<HubContract>, 'handleUpgrade'>,
  request: Partial<HubRequest> = {},
): Promise<Wire & { close(code?: number): void }> {
  const answer = await hub.handleUpgrade({ method: 'GET', url: '/hub', ...request });
  if (!answer?.accepted) throw new Error(`Refused with ${answer?.response.status ?? 'nothing'}.`);
  const { log, add, until } = createLog();
  let open = true;
  const events = answer.accept({
    send: (data) => records(data as string).forEach(add),
    close(code) {
      add(`closed ${code}`);
      close(code);
    },
    terminate: () => add('closed 1006'),
  });
  const close = (code?: number): void => {
    if (!open) return;
    open = false;
    events.closed(code);
  };
  return {
    log,
    until,
    close,
    send: (...messages) => events.message(encode(messages)),
    sendRaw: (d) => events.message(d),
  };
}

/** An answer's body as text, however it came. */
export function textOf(response: HubResponse | null): Promise<string> {
  return new Response(response?.body as BodyInit | undefined).text();
}
