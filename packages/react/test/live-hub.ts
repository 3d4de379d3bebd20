import { createHubClient, type HubClient, type WebSocketConstructor } from '@org/hub-core';
import { createTestHub, type TestHub } from '@org/hub-testing';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

export interface RoomHub {
  server: {
    JoinGroup(group: string): void;
    LeaveGroup(group: string): void;
  };
  client: { Message(text: string): void };
}

export interface LiveHub {
  readonly hub: HubClient<RoomHub>;
  readonly server: TestHub<RoomHub>;
  /** Who came, joined and went, as the server saw it, in order. */
  readonly facts: string[];
}

/** The real client, and a server that speaks the real protocol on a real socket. */
export async function startLiveHub(): Promise<LiveHub> {
  const facts: string[] = [];
  const server = createTestHub<RoomHub>({
    methods: {
      JoinGroup: (call, group) => call.groups.add(group),
      LeaveGroup: (call, group) => call.groups.remove(group),
    },
  });
  server.on('connected', () => facts.push('connected'));
  server.on('disconnected', () => facts.push('disconnected'));
  server.on('joined', ({ group }) => facts.push(`joined ${group}`));
  const { url } = await server.listen({ cors: true });
  // Node’s WebSocket does not take the events of jsdom.
  const signalr = { WebSocket: WebSocket as unknown as WebSocketConstructor };
  const hub = createHubClient<RoomHub>({ url, signalr, logger: 'none' });
  onTestFinished(async () => {
    await hub.dispose();
    await server.dispose();
  });
  return { hub, server, facts };
}
