import { createHubClient } from '@org/hub-react';
import type { TestHub } from '@org/hub-testing';
import { cleanup, render, screen } from '@testing-library/react';
import { expect, onTestFinished, test } from 'vitest';
import { HubProvider, Room } from './Room.tsx';
import { createRoomHub, type RoomHub } from './room-hub.ts';

/** The component with a real client, and a hub in the same process: no port, no mock. */
function renderRoom(): TestHub<RoomHub> {
  const hub = createRoomHub();
  const { url, fetch, WebSocket } = hub.inProcess();
  const client = createHubClient<RoomHub>({ url, signalr: { fetch, WebSocket }, reconnect: { baseDelay: 10 } });
  render(
    <HubProvider client={client} autoStart>
      <Room name="lobby" />
    </HubProvider>,
  );
  onTestFinished(async () => {
    cleanup();
    await client.dispose();
    await hub.dispose();
  });
  return hub;
}

test('says hello, and hears it', async () => {
  const hub = renderRoom();
  await screen.findByText('connected, joined');
  screen.getByRole('button').click();
  await screen.findByText('Hello!');
  expect(hub.received().map(({ method, args }) => [method, ...args])).toEqual([
    ['JoinGroup', 'lobby'],
    ['Say', 'lobby', 'Hello!'],
  ]);
});

test('is back in its room after the connection died', async () => {
  const hub = renderRoom();
  await screen.findByText('connected, joined');
  const rejoined = hub.waitFor('joined');
  hub.drop();
  await rejoined;
  await screen.findByText('connected, joined');
  await hub.clients.group('lobby').send('Said', 'Still here?');
  await screen.findByText('Still here?');
});

test('shows why it may not enter', async () => {
  const hub = renderRoom();
  hub.refuseGroup('lobby', 'Members only.');
  await screen.findByText(/^connected, failed .*Members only\./);
});
