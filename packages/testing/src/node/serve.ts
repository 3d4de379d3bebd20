import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubRequest, HubResponse } from '../api/http.ts';

/** A Node server for plain requests; null destroys the connection. */
export async function serve(
  handleRequest: (request: HubRequest) => Promise<HubResponse | null>,
  { port = 0, host = '127.0.0.1' }: { port?: number; host?: string },
): Promise<{ origin: string; close(): Promise<void> }> {
  async function onRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const answer = await handleRequest({
      method: message.method ?? 'GET',
      url: message.url ?? '/',
      headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(chunks),
    });
    if (!answer) return void message.socket.destroy();
    const body = await new Response(answer.body as BodyInit).arrayBuffer();
    response.writeHead(answer.status, answer.headers).end(Buffer.from(body));
  }

  const server = createServer((message, response) => {
    void onRequest(message, response).catch(() => message.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        // An error here only says that it is closed already.
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
