import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HubRequest, HubResponse } from '../api/http.ts';
import { openPort } from './port.ts';
import type { PortOptions } from './port.ts';
import { toHubRequest } from './request.ts';

/** A Node server for plain requests; null destroys the connection. */
export async function serve(
  handleRequest: (request: HubRequest) => Promise<HubResponse | null>,
  options: PortOptions,
): Promise<{ origin: string; close(): Promise<void> }> {
  async function onRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await handleRequest(await toHubRequest(message));
    if (!answer) return void message.socket.destroy();
    const body = await new Response(answer.body as BodyInit).arrayBuffer();
    response.writeHead(answer.status, answer.headers).end(Buffer.from(body));
  }

  const server = createServer((message, response) => {
    void onRequest(message, response).catch(() => message.socket.destroy());
  });
  const { origin, down } = await openPort(server, options);
  return { origin, close: down };
}
