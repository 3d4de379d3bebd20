// @vitest-environment jsdom
/// <reference types="node" />
import { join } from 'node:path';
import { createHubClient, type HubClient, tokenFrom } from '@org/hub-core';
import { createTestHub, createTestOidc, HubException, type TestHub } from '@org/hub-testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Block, blocksOf, pages, writeBlocks } from '../tools/blocks.ts';
import type { ChatHub, ChatMessage } from './chat-hub.ts';

const url = 'https://api.example.com/hubs/chat';
const blocks = pages.flatMap(blocksOf);
const folder = writeBlocks('run', blocks);
const runs = blocks.filter(({ isRun }) => isRun);

let server: TestHub<ChatHub>;
let hub: HubClient<ChatHub>;
let logged: string[];
/** What a client complains of, and React, and Vue. */
let complaints: unknown[];

beforeEach(async () => {
  server = createChatHub();
  const oidc = createTestOidc({ authority: 'https://login.example.com' });
  const { key, value } = await oidc.storedUser({ settings: { client_id: 'chat' } });
  sessionStorage.setItem(`oidc.${key}`, value);
  sessionStorage.setItem('token', 'a-token');
  const { fetch, WebSocket } = server.inProcess({ url });
  vi.stubGlobal('WebSocket', WebSocket);
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const address = new URL(input instanceof Request ? input.url : input, 'https://app.example.com');
    if (address.origin === oidc.authority) return oidc.fetch(input, init);
    return address.href.startsWith(url) ? fetch(address, init) : Promise.resolve(answerOfTheApp(address));
  });
  document.body.innerHTML = '<div id="app"></div>';
  logged = [];
  complaints = [];
  vi.spyOn(console, 'log').mockImplementation((...words) => void logged.push(words.join(' ')));
  for (const name of ['warn', 'error'] as const) {
    vi.spyOn(console, name).mockImplementation((...words) => void complaints.push(words));
  }
  hub = createHubClient<ChatHub>({ url, auth: tokenFrom('a-token') });
  await hub.start();
  Object.assign(globalThis, { hub, render: () => {}, showProblem: (problem: unknown) => complaints.push(problem) });
});

afterEach(async () => {
  await hub.dispose();
  // As Context.Abort() does: whatever a block has left behind stays stopped.
  await server.close({ allowReconnect: false });
  await server.dispose();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  sessionStorage.clear();
});

test('some blocks are run', () => {
  expect(runs.length).toBeGreaterThan(10);
});

test.each(runs)('$page:$line runs, and logs what it says or calls the hub', async (block) => {
  const before = server.received().length;
  await import(/* @vite-ignore */ join(folder, block.file));
  // A handler stands before what makes it run, so the order in the page is not that of time.
  await expect.poll(() => logged.toSorted()).toEqual(promised(block));
  await expect.poll(() => server.received().length + logged.length).toBeGreaterThan(before);
  expect(complaints).toEqual([]);
});

/** What follows `// →`, sorted. */
function promised({ code }: Block): string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, words]) => words!).sort();
}

function createChatHub(): TestHub<ChatHub> {
  const messages: ChatMessage[] = ['good morning', 'good evening'].map((text, index) => ({
    id: index + 1,
    room: 'lobby',
    from: 'ann',
    text,
  }));
  return createTestHub<ChatHub>({
    authenticate: ({ token }) => (token ? { userId: 'ann' } : null),
    anonymous: true,
    methods: {
      JoinGroup(call, room) {
        if (room === 'board') throw new HubException('Members of the board only.');
        return call.groups.add(room);
      },
      LeaveGroup: (call, room) => call.groups.remove(room),
      async Send(call, room, text) {
        if (text === '') throw new HubException('Say something.');
        const message = { id: messages.length + 1, room, from: call.userId ?? 'visitor', text };
        messages.push(message);
        await call.clients.group(room).send('MessageReceived', message);
        return message;
      },
      History: (_, room, after) => messages.filter((message) => message.room === room && message.id > after),
      async Import(_, lines) {
        let count = 0;
        for await (const _line of lines) count += 1;
        return count;
      },
    },
    streams: {
      async *Countdown(_, from) {
        for (let left = from; left > 0; left -= 1) yield left;
      },
    },
  });
}

/** The API of the app beside its hub. */
function answerOfTheApp({ pathname }: URL): Response {
  return pathname.includes('/messages') ? Response.json([]) : Response.json({ token: 'a-token', id: 'ann' });
}
