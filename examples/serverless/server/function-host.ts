import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { host, listen, unlisten } from '../../common/listener.ts';

/** Answers with this status, and the message as JSON. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface FunctionRequest {
  readonly headers: IncomingMessage['headers'];
  /** What the route’s `:names` stand for. */
  readonly params: Readonly<Record<string, string>>;
  /** The JSON that came; null where none did. */
  readonly body: unknown;
}

/** What it returns is answered as JSON; nothing is a 204. */
export type HttpFunction = (request: FunctionRequest) => Promise<object | void>;

export interface FunctionHost {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The role of Azure Functions: HTTP in, HTTP out, nothing kept in between.
 *
 * @param functions by method and path: `POST /api/groups/:group/:connectionId`
 * @param origin of the page: CORS, in Azure a setting of the function app
 */
export async function startFunctionHost(
  functions: Readonly<Record<string, HttpFunction>>,
  origin: string,
  port = 0,
): Promise<FunctionHost> {
  const routes = Object.entries(functions).map(([route, run]) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), run };
  });

  async function answer(request: IncomingMessage): Promise<object | void> {
    const path = request.url?.split('?', 1)[0] ?? '';
    for (const { method, pattern, run } of routes) {
      const match = method === request.method ? pattern.exec(path) : null;
      if (!match) continue;
      const params = Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, text]) => [name, decode(text)]));
      return run({ headers: request.headers, params, body: await readJson(request) });
    }
    throw new FunctionError(404, 'There is no such function.');
  }

  const server = createServer((request, response) => {
    allow(origin, request, response);
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    answer(request).then(
      (result) => (result ? send(response, 200, result) : void response.writeHead(204).end()),
      (error: unknown) => {
        if (error instanceof FunctionError) return send(response, error.status, { message: error.message });
        console.error('A function failed:', error);
        send(response, 500, { message: 'The function failed.' });
      },
    );
  });
  return { url: `http://${host}:${await listen(server, port)}`, close: () => unlisten(server) };
}

/** No credentials: tokens travel in a header. The header of the app’s own has to be allowed like `Authorization`. */
function allow(origin: string, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Vary', 'Origin');
  response.setHeader('Cache-Control', 'no-store');
  if (request.headers.origin !== origin) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
  response.setHeader(
    'Access-Control-Allow-Headers',
    'Authorization, Content-Type, x-app-version, x-requested-with, x-signalr-user-agent',
  );
}

function send(response: ServerResponse, status: number, body: object): void {
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
  response.writeHead(status, { 'Content-Type': 'application/json', ...challenge }).end(JSON.stringify(body));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new FunctionError(400, 'This is no address.');
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > 10_000) throw new FunctionError(413, 'That is too much.');
  }
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new FunctionError(400, 'This is no JSON.');
  }
}
