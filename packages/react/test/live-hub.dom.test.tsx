import { act, cleanup, render, screen } from '@testing-library/react';
import { type ReactNode, useState } from 'react';
import { afterEach, expect, it } from 'vitest';
import { createHubHooks } from '@org/hub-react';
import { type RoomHub, startLiveHub } from './live-hub.ts';

const { HubProvider, useHubGroup, useHubMessage, useHubSnapshot } = createHubHooks<RoomHub>();

afterEach(cleanup);

function Room({ name }: { name: string }): ReactNode {
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const group = useHubGroup(name);
  const [messages, setMessages] = useState<string[]>([]);
  useHubMessage('Message', (text) => setMessages((known) => [...known, text]));
  return (
    <>
      <p>
        {status}, {group.status} {group.error?.code}
      </p>
      <p>{messages.join('; ')}</p>
      <button type="button" onClick={group.retry}>
        Try again
      </button>
    </>
  );
}

it('under StrictMode makes one connection, joins once and hears each message once', async () => {
  const { hub, server, facts } = await startLiveHub();
  const page = (
    <HubProvider client={hub} autoStart>
      <Room name="lobby" />
    </HubProvider>
  );
  const { unmount } = render(page, { reactStrictMode: true });
  await screen.findByText('connected, joined');
  await act(() => server.clients.group('lobby').send('Message', 'hello'));
  await screen.findByText('hello');
  const gone = server.waitFor('disconnected');
  unmount();
  await gone;
  expect(facts).toEqual(['connected', 'joined lobby', 'disconnected']);
});

it('shows a lost connection, and the group when it is back', async () => {
  const { hub, server, facts } = await startLiveHub();
  render(
    <HubProvider client={hub} autoStart>
      <Room name="lobby" />
    </HubProvider>,
  );
  await screen.findByText('connected, joined');
  act(() => server.drop());
  await screen.findByText(/^reconnecting/);
  await screen.findByText('connected, joined', undefined, { timeout: 5000 });
  expect(facts).toEqual(['connected', 'joined lobby', 'disconnected', 'connected', 'joined lobby']);
});

it('shows a refusal, and joins when it is tried again', async () => {
  const { hub, server } = await startLiveHub();
  const allow = server.refuseGroup('staff', 'Staff only.');
  render(
    <HubProvider client={hub} autoStart>
      <Room name="staff" />
    </HubProvider>,
  );
  await screen.findByText('connected, failed group-forbidden');
  allow();
  act(() => screen.getByRole('button').click());
  await screen.findByText('connected, joined');
});

it('is disconnected in the end when it is unmounted while the connection is being made', async () => {
  const { hub, server } = await startLiveHub();
  const negotiated = server.waitFor('negotiated');
  const { unmount } = render(<HubProvider client={hub} autoStart />);
  await negotiated;
  unmount();
  await expect.poll(() => hub.getSnapshot().status).toBe('disconnected');
  expect(server.connections()).toEqual([]);
});
