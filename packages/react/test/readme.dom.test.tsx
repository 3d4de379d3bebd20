/// <reference types="node" />
import { cleanup, configure, fireEvent, render, screen } from '@testing-library/react';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHubClient } from '@org/hub-react';
import { createTestHub } from '@org/hub-testing';
import { expect, it, onTestFinished } from 'vitest';
import {
  type ChatHub,
  type ChatMessage,
  Composer,
  Connection,
  HubProvider,
  Load,
  Messages,
  Notices,
  Room,
  Unread,
} from './readme/chat.tsx';

// As long as `expect.poll` waits.
configure({ asyncUtilTimeout: 5_000 });

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');

it('shows code that is compiled and run here, and each name of the set', () => {
  const files = read('readme/chat.tsx') + read('readme/main.tsx');
  const shown = [...read('../README.md').matchAll(/```tsx\n(.*?)```/gs)].map(([, code]) => code!);
  expect(shown.length).toBe(9);
  expect(shown.filter((code) => !files.includes(code))).toEqual([]);
  for (const name of read('../src/default-hooks.ts').matchAll(/^export const (\w+)/gm)) {
    expect(read('../README.md')).toMatch(new RegExp(`\\b${name[1]}\\b`));
  }
});

it('shows components that work', async () => {
  const history: ChatMessage[] = [{ id: 1, text: 'Good morning.' }];
  const server = createTestHub<ChatHub>({
    methods: {
      JoinGroup: (call, room) => call.groups.add(room),
      LeaveGroup: (call, room) => call.groups.remove(room),
      History: () => history,
      async Send(call, room, text) {
        const message = { id: history.length + 1, text };
        history.push(message);
        await call.clients.group(room).send('MessageReceived', message);
        return message;
      },
    },
    streams: {
      async *Load({ signal }) {
        yield* [3, 7, 5];
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
  });
  const hub = createHubClient<ChatHub>({ ...network(server), reconnect: { baseDelay: 10 }, logger: 'none' });
  onTestFinished(async () => {
    cleanup();
    await hub.dispose();
    await server.dispose();
  });
  render(
    <HubProvider client={hub} autoStart>
      <Connection />
      <Room name="lobby" />
      <Messages room="lobby" />
      <Composer room="lobby" />
      <Load unit="%" />
      <Unread />
      <Notices />
    </HubProvider>,
    { reactStrictMode: true },
  );
  await screen.findByText('You are in lobby.');
  await screen.findByText('5 %, at most 7');
  await screen.findByText('Good morning.');
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'Hello!' } });
  fireEvent.click(screen.getByRole('button', { name: 'Send' }));
  await screen.findByText('Hello!');
  await screen.findByText('1 unread');

  server.drop();
  await screen.findByText(/^Back after/);
  expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual(['Good morning.', 'Hello!']);
  await server.clients.all.send('MessageRemoved', 1);
  await expect.poll(() => screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual(['Hello!']);
});

function network(server: ReturnType<typeof createTestHub<ChatHub>>) {
  const { url, fetch, WebSocket } = server.inProcess();
  return { url, signalr: { fetch, WebSocket } };
}
