import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import sirv from 'sirv';
import { host, listen, unlisten } from './listener.ts';

export interface PagesOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** What the pages call their host; the other name of loopback leads there. To browsers the two are two sites. @default 127.0.0.1 */
  readonly hostName?: 'localhost';
  /** Folders by the path they are served at, slashes at both ends. */
  readonly folders: Readonly<Record<string, string>>;
  /** The page at `/`, HTML. Without it `/` leads to the first folder. */
  readonly index?: string;
  /** The folder of `hub.global.min.js`. */
  readonly scriptFolder: string;
  /** What the pages ask for at `/config.json` when they start; null until everything runs. */
  readonly config: () => object | null;
  /** What a page may ask for with a POST, by path; returns what is answered with 202, as JSON. */
  readonly actions?: Readonly<Record<string, () => object>>;
}

export interface Pages {
  readonly origin: string;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves built pages. Files are read for each request, so a rebuilt page needs a reload and nothing else. */
export async function startPages(options: PagesOptions): Promise<Pages> {
  // sirv knows content types, ranges and safe paths; `dev` is its name for "read the disk each time, cache nothing".
  const folders = Object.entries(options.folders).map(([path, folder]): [string, Handler] => [
    path,
    sirv(folder, { dev: true, onNoMatch: (_request, response) => notFound(response, path) }),
  ]);
  const script: Handler = sirv(options.scriptFolder, {
    dev: true,
    onNoMatch: (_request, response) => notFound(response, '/'),
  });

  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  const origin = `http://${options.hostName ?? host}:${port}`;
  const otherHost = options.hostName ? host : 'localhost';
  server.on('request', (request, response) => {
    const url = URL.canParse(request.url ?? '/', origin) ? new URL(request.url ?? '/', origin) : null;
    if (!url) return answer(response, 400, 'This is no address.');
    const { pathname } = url;
    const get = request.method === 'GET' || request.method === 'HEAD';

    // Whoever logs people in knows the pages by one origin only.
    if (get && request.headers.host?.startsWith(`${otherHost}:`)) {
      return void response.writeHead(307, { location: origin + pathname + url.search }).end();
    }
    const action = options.actions?.[pathname];
    if (action) {
      if (request.method !== 'POST') return answer(response, 405, 'Use POST.', { allow: 'POST' });
      // A page from elsewhere may be open in the same browser; it has no business here.
      if ((request.headers.origin ?? origin) !== origin) return answer(response, 403, 'Not from there.');
      return answerJson(response, 202, action());
    }
    if (!get) return answer(response, 405, 'Use GET.', { allow: 'GET, HEAD' });
    if (pathname === '/') {
      if (!options.index) return void response.writeHead(307, { location: folders[0]?.[0] ?? '/' }).end();
      return answer(response, 200, options.index, { 'content-type': 'text/html; charset=utf-8' });
    }
    if (pathname === '/config.json') {
      const config = options.config();
      return config ? answerJson(response, 200, config) : answer(response, 503, 'Not everything runs yet. Try again.');
    }
    if (pathname === '/favicon.ico') return void response.writeHead(204).end();
    if (/^\/hub\.global\.min\.js(\.map)?$/.test(pathname)) return script(request, response);

    if (/\/(\.|%2e)/i.test(pathname)) return notFound(response, '/');
    for (const [path, serve] of folders) {
      if (`${pathname}/` === path) return void response.writeHead(307, { location: path }).end();
      if (pathname.startsWith(path)) {
        request.url = pathname.slice(path.length - 1) + url.search;
        return serve(request, response);
      }
    }
    notFound(response, '/');
  });

  return { origin, close: () => unlisten(server) };
}

function answer(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  const text = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(status, { ...text, ...headers }).end(body);
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  answer(response, status, JSON.stringify(body), { 'content-type': 'application/json' });
}

function notFound(response: ServerResponse, path: string): void {
  const hint = path === '/' ? '' : ' If the page was not built yet, `npm start` builds it.';
  answer(response, 404, `There is nothing here.${hint}`);
}
