import { createHubClient } from '@org/hub-react';
import { mswHandlers } from '@org/hub-testing/msw';
import type { Meta, StoryObj } from '@storybook/react-vite';
import { type ReactNode, useState } from 'react';
import { HubProvider, Room } from './Room.tsx';
import { createRoomHub, type RoomHub } from './room-hub.ts';

/** One hub for all stories of this file; each story has a connection of its own. */
const hub = createRoomHub();

function WithClient({ children }: { children: ReactNode }): ReactNode {
  const [client] = useState(() => createHubClient<RoomHub>({ url: '/hub', reconnect: { baseDelay: 100 } }));
  return (
    <HubProvider client={client} autoStart>
      {children}
    </HubProvider>
  );
}

export default {
  component: Room,
  args: { name: 'lobby' },
  parameters: { msw: { handlers: mswHandlers(hub) } },
  decorators: [
    (Story) => (
      <WithClient>
        <Story />
      </WithClient>
    ),
  ],
} satisfies Meta<typeof Room>;

type Story = StoryObj<typeof Room>;

export const Connected: Story = {
  async play({ canvas }) {
    await canvas.findByText('connected, joined');
    await hub.clients.group('lobby').send('Said', 'Welcome!');
    await canvas.findByText('Welcome!');
  },
};

export const Restart: Story = {
  async play({ canvas }) {
    await canvas.findByText('connected, joined');
    void hub.restart({ downFor: 2_000 });
    await canvas.findByText(/^reconnecting/);
  },
};

export const MembersOnly: Story = {
  // What lifts a fault is what Storybook calls when the story is left.
  beforeEach: () => hub.refuseGroup('lobby', 'Members only.'),
  play: async ({ canvas }) => void (await canvas.findByText(/Members only\./)),
};
