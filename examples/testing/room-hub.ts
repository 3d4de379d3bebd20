import { createTestHub, HubException } from '@org/hub-testing';
import type { TestHub } from '@org/hub-testing';

/** What the app's hub offers: the same contract that the app types its client with. */
export interface RoomHub {
  server: {
    JoinGroup(room: string): void;
    LeaveGroup(room: string): void;
    Say(room: string, text: string): void;
  };
  client: { Said(text: string): void };
}

/** The app's hub, as its tests and stories need it. */
export function createRoomHub(): TestHub<RoomHub> {
  return createTestHub<RoomHub>({
    methods: {
      JoinGroup: (call, room) => call.groups.add(room),
      LeaveGroup: (call, room) => call.groups.remove(room),
      async Say(call, room, text) {
        if (text === '') throw new HubException('Say something.');
        await call.clients.group(room).send('Said', text);
      },
    },
  });
}
