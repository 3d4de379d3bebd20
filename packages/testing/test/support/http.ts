import { HubConnectionBuilder, JsonHubProtocol, LogLevel } from '@microsoft/signalr';
import type { HttpTransportType, HubConnection, IHttpConnectionOptions, IHubProtocol } from '@microsoft/signalr';
import EventSource from 'eventsource';
import { WebSocket } from 'ws';
import type { AnyHubContract, HubResponse, TestHub } from '../../src/index.ts';
import { textOf } from './clients.ts';

type Hub = Pick<TestHub<AnyHubContract>, 'handleRequest'>;

const recordSeparator = '\x1e';

/** The raw client of SignalR on the given transports. */
export function httpClient(
  url: string,
  transport: HttpTransportType,
  options: IHttpConnectionOptions = {},
  protocol: IHubProtocol = new JsonHubProtocol(),
): HubConnection {
  return new HubConnectionBuilder()
    .withUrl(url, { transport, WebSocket, EventSource, ...options } as IHttpConnectionOptions)
    .withHubProtocol(protocol)
    .configureLogging(LogLevel.None)
    .build();
}

export interface RequestOptions {
  /** @default none; for a POST an empty one */
  body?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Behind the id, for example `&access_token=ann`. */
  query?: string;
}

/** A client of the HTTP transports without a port. Each answer is one line: the status and the body, in which a record ends with `|`. */
export interface HttpWire {
  readonly id: string;
  ask(method: string, options?: RequestOptions): Promise<string>;
  poll(options?: RequestOptions): Promise<string>;
  post(...messages: object[]): Promise<string>;
  delete(): Promise<string>;
  /** The stream of server-sent events: what came, chunk by chunk, then `ended` or `died`. */
  events(options?: RequestOptions): Promise<EventWire>;
}

export interface EventWire {
  readonly response: HubResponse;
  readonly log: string[];
  /** Resolves when the log has this many entries. */
  until(count: number): Promise<string[]>;
  leave(): Promise<void>;
}

export async function negotiate(hub: Hub, query = ''): Promise<Record<string, string>> {
  const answer = await hub.handleRequest({ method: 'POST', url: `/hub/negotiate?negotiateVersion=1${query}` });
  return JSON.parse(await textOf(answer)) as Record<string, string>;
}

export function encode(messages: readonly object[]): string {
  return messages.map((message) => JSON.stringify(message) + recordSeparator).join('');
}

export async function httpWire(hub: Hub, query = ''): Promise<HttpWire> {
  const id = (await negotiate(hub, query)).connectionToken!;
  const request = (method: string, { query: more = query, ...rest }: RequestOptions = {}) =>
    hub.handleRequest({ method, url: `/hub?id=${id}${more}`, ...rest });
  const ask: HttpWire['ask'] = async (method, options) => lineOf(await request(method, options));
  return {
    id,
    ask,
    poll: (options) => ask('GET', options),
    post: (...messages) => ask('POST', { body: encode(messages) }),
    delete: () => ask('DELETE'),
    async events(options = {}) {
      const headers = { Accept: 'text/event-stream', ...options.headers };
      const response = await request('GET', { ...options, headers });
      if (!(response?.body instanceof ReadableStream)) throw new Error(await lineOf(response));
      return { response, ...follow(response.body) };
    },
  };
}

async function lineOf(response: HubResponse | null): Promise<string> {
  if (!response) return 'nothing';
  const body = await textOf(response).catch(() => 'broken off');
  return `${response.status} ${shown(body)}`.trim();
}

/** Reads to the end, chunk by chunk. */
function follow(body: ReadableStream<Uint8Array>): Omit<EventWire, 'response'> {
  const reader = body.getReader();
  const log: string[] = [];
  const waiting: { count: number; resolve(log: string[]): void }[] = [];
  const add = (entry: string): void => {
    log.push(entry);
    for (const { count, resolve } of waiting) if (log.length >= count) resolve(log);
  };
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return add('ended');
      add(shown(new TextDecoder().decode(value)));
    }
  };
  void read().catch(() => add('died'));
  return {
    log,
    until: (count) =>
      log.length >= count ? Promise.resolve(log) : new Promise((resolve) => waiting.push({ count, resolve })),
    leave: () => reader.cancel(),
  };
}

function shown(text: string): string {
  return text.replaceAll(recordSeparator, '|').replaceAll('\r\n', '↵');
}
