/// <reference types="node" />
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { host, listen, unlisten } from '../../examples/common/listener.ts';
import { demoForTests } from './demo.ts';
import { eventually, visit } from './visit.ts';

const demo = demoForTests();

it('without WebSockets Chromium sends a call again by itself whose connection ends before the answer: the hub runs it twice', async () => {
  const hubUrl = await losesTheAnswerOf('"said once"');
  const alice = await visit(demo, 'script-tag', { config: { hubUrl } });
  await alice.page.addInitScript('delete window.WebSocket');
  await alice.page.reload();
  await alice.logIn('alice');
  await alice.enter('Lobby');
  const posts: string[] = [];
  alice.page.on('request', (request) => posts.push(request.postData() ?? ''));

  await alice.say('said once');
  await eventually(() => alice.messages()).toEqual(['said once', 'said once']);

  expect(posts.filter((body) => body.includes('said once'))).toHaveLength(1);
});

/** The hub behind a server that loses its answer, and the connection, to the first request whose body has `part` in it. */
async function losesTheAnswerOf(part: string): Promise<string> {
  const hub = new URL(demo.chat.hub.url);
  let isLost = false;
  const server = createServer((request, response) => void passOn(request, response));
  async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const { method, headers, url } = request;
    const there = new URL(url ?? '', hub);
    const passedOn = openRequest(there, { method, headers: { ...headers, host: hub.host } }, (answer) => {
      if (!isLost && body.includes(part)) {
        isLost = true;
        request.socket.resetAndDestroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.pipe(response);
    });
    response.on('close', () => passedOn.destroy());
    passedOn.on('error', () => response.destroy());
    passedOn.end(body);
  }
  // Only what comes by a kept connection is sent again.
  server.keepAliveTimeout = 60_000;
  onTestFinished(() => unlisten(server));
  return `http://${host}:${await listen(server, 0)}${hub.pathname}`;
}
