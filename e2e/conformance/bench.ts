/// <reference types="node" />
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { HubConnection, IHttpConnectionOptions, IHubProtocol } from '@microsoft/signalr';
import type { TokenClaims } from '@org/hub-testing';
import type { Transport, Way } from './behaviour.ts';
import { handshake, invoke, record, result, shaken } from './frames.ts';
import { openEventStream } from './links/event-stream.ts';
import { openLongPolling } from './links/long-polling.ts';
import type { Address, RawLink } from './links/raw-link.ts';
import { openWebSocket } from './links/web-socket.ts';
import type { ConformanceServer, Fact, Variant } from './servers/server.ts';

export interface HttpAnswer {
  status: number;
  /** Those that were asked for and are there. */
  headers: Record<string, string>;
  body: string;
}

export interface RequestOptions {
  headers?: Record<string, string>;
  body?: string;
  /** Headers of the answer that matter, in lower case. @default content-type */
  show?: readonly string[];
}

export interface LinkOptions {
  variant?: Variant;
  /** Sent in the Authorization header. */
  token?: string;
  /** @default the transport of the run */
  on?: Transport;
  /** What to say first; null: nothing. @default the JSON handshake, whose answer is awaited */
  first?: string | null;
}

/** What one run of a behaviour works with; everything that it opens is closed behind it. */
export interface Bench {
  readonly way: Way;
  readonly server: ConformanceServer;
  /** A name that no other run has; transcripts show it without its number. */
  unique(name: string): string;
  token(claims: TokenClaims): Promise<string>;
  /** @param path the variant, and what follows: 'plain/negotiate?negotiateVersion=1' */
  request(method: string, path: string, options?: RequestOptions): Promise<HttpAnswer>;
  negotiate(variant: Variant, token?: string): Promise<{ connectionId: string; connectionToken: string }>;
  link(options?: LinkOptions): Promise<RawLink>;
  /** Further requests of this link bring another token. */
  renew(link: RawLink, token: string): void;
  /** Opens a link with an id that should not do: what it is refused with. */
  reopen(variant: Variant, id: string, token?: string): Promise<string>;
  /** A round trip of another link, so that what was to happen at once has happened. */
  settled(): Promise<void>;
  /** A link without a handshake and without questions. */
  open(variant: Variant, query: string): Promise<RawLink>;
  /** The head of an answer whose body goes on. */
  head(variant: Variant, query: string, options: RequestOptions): Promise<Omit<HttpAnswer, 'body'>>;
  exchange(
    variant: Variant,
    script: readonly string[] | ((stage: Stage) => Promise<void>),
    length: number,
  ): Promise<readonly string[]>;
  /** The real client, not started. @param reconnects whether it does by itself */
  connection(
    options?: { variant?: Variant; path?: string } & IHttpConnectionOptions,
    reconnects?: boolean,
  ): HubConnection;
  /** The real client, started. */
  connect(options?: { variant?: Variant } & IHttpConnectionOptions): Promise<HubConnection>;
  /** A transcript without what differs from run to run: connection ids, numbers of unique names, white space of JSON. */
  plain(received: readonly string[]): string[];
  /** What each link has received so far: for the message of a behaviour that hangs. */
  trace(): string[][];
  dispose(): Promise<void>;
}

/** A script's link, and what it steers. */
export interface Stage {
  readonly link: RawLink;
  readonly bench: Bench;
  readonly gate: string;
  send(...messages: string[]): Promise<void>;
  open(): Promise<void>;
  /** The first such fact of this connection. */
  fact(name: string): Promise<Fact>;
}

const opens = { WebSockets: openWebSocket, ServerSentEvents: openEventStream, LongPolling: openLongPolling };
let count = 0;

export function createBench(server: ConformanceServer, way: Way, protocol?: IHubProtocol): Bench {
  const links: RawLink[] = [];
  const connections: HubConnection[] = [];
  const ids: string[] = [];
  /** The links look into theirs for each request. */
  const headersOf = new Map<RawLink, Record<string, string>>();
  const fetchOf = (variant: Variant): typeof fetch => server.at?.(variant).fetch ?? fetch;
  /** The ways to a hub: without a port, those of the hub. */
  const waysTo = (variant: Variant): Pick<Address, 'fetch' | 'WebSocket'> => ({
    fetch: fetchOf(variant),
    WebSocket: server.at?.(variant).WebSocket,
  });
  const transport = (way === 'http' ? 'WebSockets' : way) as Transport;

  const bench: Bench = {
    way,
    server,
    unique: (name) => `${name}#${++count}`,
    token: (claims) => server.token(claims),

    async request(method, path, { headers = {}, body, show = ['content-type'] } = {}) {
      const [variant, rest] = split(path);
      const response = await fetchOf(variant)(server.url(variant) + rest, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, headers: shownHeaders(response, show), body: await response.text() };
    },

    async negotiate(variant, token) {
      const headers = authorization(token);
      const response = await fetchOf(variant)(`${server.url(variant)}/negotiate?negotiateVersion=1`, {
        method: 'POST',
        headers,
      });
      if (response.status !== 200) throw new Error(`negotiate ${response.status}`);
      return (await response.json()) as { connectionId: string; connectionToken: string };
    },

    async link({ variant = 'plain', token, on = transport, first = handshake } = {}) {
      const { connectionId, connectionToken } = await bench.negotiate(variant, token);
      const url = `${server.url(variant)}?id=${connectionToken}`;
      const headers = authorization(token);
      const link = await opens[on]({ url, connectionId, connectionToken, headers, ...waysTo(variant) });
      headersOf.set(link, headers);
      links.push(link);
      ids.push(connectionId);
      if (first !== null) await link.send(record(first));
      if (first === handshake) await link.until(1);
      return link;
    },

    renew(link, token) {
      Object.assign(headersOf.get(link) ?? {}, authorization(token));
    },
    async reopen(variant, id, token) {
      const url = `${server.url(variant)}?id=${id}`;
      try {
        links.push(
          await opens[transport]({
            url,
            connectionId: id,
            connectionToken: id,
            headers: authorization(token),
            ...waysTo(variant),
          }),
        );
        return 'opened';
      } catch (error) {
        return (error as Error).message;
      }
    },
    async settled() {
      const other = await bench.link();
      await other.send(record(invoke('settled', 'Add', [1, 1])));
      await other.until(2);
    },
    async open(variant, query) {
      const address = {
        url: server.url(variant) + query,
        connectionId: '',
        connectionToken: '',
        headers: {},
        ...waysTo(variant),
      };
      const link = await opens[transport](address);
      links.push(link);
      return link;
    },
    async head(variant, query, { headers = {}, show = [] }) {
      const aborter = new AbortController();
      const response = await fetchOf(variant)(server.url(variant) + query, { headers, signal: aborter.signal });
      const { status } = response;
      const shown = shownHeaders(response, show);
      aborter.abort();
      return { status, headers: shown };
    },

    async exchange(variant, script, length) {
      const link = await bench.link({ variant });
      const { connectionId } = link;
      const gate = bench.unique('gate');
      const stage: Stage = {
        link,
        bench,
        gate,
        async send(...messages) {
          for (const message of messages) await link.send(record(message));
        },
        open: () => server.open(gate),
        fact: (name) => server.fact(name, connectionId),
      };
      if (typeof script === 'function') await script(stage);
      else await stage.send(...script);
      // The answer to the handshake is not part of it.
      await link.until(1 + length);
      const expectsMore = !link.ended;
      if (expectsMore) await link.send(record(invoke('last', 'Add', [1, 1])));
      await link.until(2 + length);
      const received = bench.plain(link.received);
      if (received[0] !== shaken) return received;
      const said = received.slice(1);
      return said.at(-1) === result('last', 2)
        ? said.slice(0, -1)
        : link.ended
          ? said
          : [...said, '(no answer to the last call)'];
    },

    connection({ variant = 'plain', path = '', ...options } = {}, reconnects = false) {
      const builder = new HubConnectionBuilder()
        .withUrl(server.url(variant) + path, {
          ...server.at?.(variant),
          transport: HttpTransportType[transport],
          ...options,
        })
        .configureLogging(LogLevel.None);
      if (protocol) builder.withHubProtocol(protocol);
      if (reconnects) builder.withAutomaticReconnect();
      const connection = builder.build();
      connections.push(connection);
      return connection;
    },
    async connect(options) {
      const connection = bench.connection(options);
      await connection.start();
      ids.push(connection.connectionId ?? '');
      return connection;
    },

    plain(received) {
      return received.map((text) => {
        const named = ids.reduce((known, id, index) => known.replaceAll(id, `<id ${index + 1}>`), normalized(text));
        return named.replace(/#\d+/g, '');
      });
    },

    trace: () => links.map(({ received }) => bench.plain(received)),
    async dispose() {
      for (const link of links) link.kill();
      await Promise.all(connections.map((connection) => connection.stop()));
    },
  };
  return bench;
}

/** ['plain', '/negotiate?…'] */
function split(path: string): [Variant, string] {
  const end = path.search(/[/?]/);
  return end === -1 ? [path as Variant, ''] : [path.slice(0, end) as Variant, path.slice(end)];
}

function shownHeaders(response: Response, show: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    show.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** The same JSON whatever was escaped; the order of the fields stays. */
function normalized(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
