import { createHubClient } from '@org/hub-react';
import { createRoot } from 'react-dom/client';
import { HubProvider, Room } from './Room.tsx';
import type { RoomHub } from './room-hub.ts';

const client = createHubClient<RoomHub>({ url: '/hub' });

createRoot(document.getElementById('root')!).render(
  <HubProvider client={client} autoStart>
    <Room name="lobby" />
  </HubProvider>,
);
