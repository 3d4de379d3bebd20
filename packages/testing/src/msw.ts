import { http, HttpResponse, WebSocketHandler } from 'msw';
import type { HttpHandler } from 'msw';
import type { HubRequest, HubResponse, HubSocket, HubSocketEvents, UpgradeAnswer } from './api/http.ts';
import { toHubRequest, toResponse } from './in-process/exchange.ts';
import { fromSocket, toSocket } from './in-process/socket-data.ts';

export interface MswHandlersOptions {
  /** Where the hub answers, its sub-paths included: an address or a path of MSW. @default '*\/hub', that path on any origin */
  url?: string;
}

/** Any test hub, whatever its contract. */
export interface MswHub {
  handleRequest(request: HubRequest): Promise<HubResponse | null>;
  handleUpgrade(request: HubRequest): Promise<UpgradeAnswer>;
}

type Connection = Parameters<WebSocketHandler['run']>[0];
type Client = Connection['client'];

/** What a browser says when no Close frame came: the connection could not be made, or it died. */
const noCloseFrame = 1006;

/**
 * The hub as request handlers of MSW 2, for `setupServer`, `setupWorker` and Storybook.
 *
 * They write nothing to the console, unlike MSW's own: it prints requests and sockets with headers and query, and there the tokens are. For the same
 * reason sockets do not come from `ws.link`, which keeps the addresses of all sockets in IndexedDB.
 */
export function mswHandlers(
  hub: MswHub,
  { url = '*/hub' }: MswHandlersOptions = {},
): (HttpHandler | WebSocketHandler)[] {
  return [
    ...[url, `${url}/*`].map((path) => quiet(http.all(path, ({ request }) => answer(hub, request)))),
    new HubSocketHandler(hub, url.replace(/^http/, 'ws')),
  ];
}

function quiet(handler: HttpHandler): HttpHandler {
  handler.log = () => Promise.resolve();
  return handler;
}

async function answer(hub: MswHub, request: Request): Promise<Response> {
  // Only Node's requests show this header: a page's socket comes to the handler below, whichever way it is made.
  if (request.headers.get('Upgrade')?.toLowerCase() === 'websocket') {
    const advice =
      'MSW cannot answer this WebSocket: it sees those of the global class only. Use that, or hub.inProcess().';
    return new HttpResponse(advice, { status: 501 });
  }
  const client = new AbortController();
  request.signal.addEventListener('abort', () => client.abort());
  const response = await hub.handleRequest(await toHubRequest(request, client.signal));
  return response ? toResponse(unencoded(response), client) : HttpResponse.error();
}

/** In Node, MSW leads a body with a `Content-Encoding` through a chain of streams, even for `identity`; when that breaks, the process hears of it. */
function unencoded(response: HubResponse): HubResponse {
  const { 'Content-Encoding': _, ...headers } = response.headers;
  return { ...response, headers };
}

/** Asks the hub before the socket is opened, where a listener of MSW's `connection` event hears of it too late to refuse. */
class HubSocketHandler extends WebSocketHandler {
  readonly #hub: MswHub;

  constructor(hub: MswHub, url: string) {
    super(url);
    this.#hub = hub;
  }

  override async run(
    ...[connection, context]: Parameters<WebSocketHandler['run']>
  ): ReturnType<WebSocketHandler['run']> {
    const { client } = connection;
    const parsedResult = this.parse({ url: client.url, ...(context ? { resolutionContext: context } : {}) });
    if (!this.predicate({ url: client.url, parsedResult })) return null;
    const address = client.url.href.replace(/^ws/, 'http');
    const decision = await this.#hub.handleUpgrade({ method: 'GET', url: address });
    if (decision?.accepted) connect(client, decision.accept);
    else refuse(client);
    return { ...connection, params: parsedResult.match.params ?? {} };
  }

  override log(): () => void {
    return () => undefined;
  }
}

function refuse(client: Client): void {
  client.socket.dispatchEvent(new Event('error'));
  client.close(noCloseFrame);
}

function connect(client: Client, accept: (socket: HubSocket) => HubSocketEvents): void {
  const socket = client.socket;
  const hub = accept({
    send: (data) => client.send(toSocket(data, socket.binaryType)),
    close: (code, reason) => client.close(code, reason),
    terminate: () => client.close(noCloseFrame),
  });
  // In order, also where a Blob has to be read first.
  let reading: Promise<unknown> = Promise.resolve();
  client.addEventListener('message', ({ data }) => {
    reading = reading.then(async () => hub.message(await fromSocket(data)));
  });
  client.addEventListener('close', ({ code }) => {
    reading = reading.then(() => hub.closed(code));
  });
  // Closed by the client while the hub made up its mind: nothing more will be heard of it.
  if (socket.readyState === socket.CLOSED) hub.closed();
}
