import { createTestHub, HubException, type HubCall } from '@org/hub-testing';
import { setTimeout as delay } from 'node:timers/promises';
import { rooms, type ChatHub, type DirectMessage, type OnlineUser } from '../contract.ts';
import { createAccessTokens } from './access-tokens.ts';
import { ChatRuleError, checkText, createChatRooms, cutForVisitors, type Sender } from './chat-rooms.ts';
import { hubPath, type ChatServer, type ChatServerEvent, type ChatServerOptions } from './chat-server.ts';
import { createEventLog } from './event-log.ts';
import { host } from '../../common/listener.ts';
import { chatAudience } from '../../common/users.ts';

type Call = HubCall<ChatHub>;

/** Visitors hear messages cut, so each room is two groups. */
const members = (room: string): string => `${room}/members`;
const visitors = (room: string): string => `${room}/visitors`;

/** The chat on the test hub: the embedded server of the demo, which needs nothing but Node. */
export async function startChatHub(options: ChatServerOptions): Promise<ChatServer> {
  const tokens = createAccessTokens(options.authority, chatAudience);
  const chat = createChatRooms(options.historySize);
  const events = createEventLog<ChatServerEvent>();
  const online = new Map<string, { user: OnlineUser; connections: number }>();
  // Not kept, yet never repeated, not even by the next process.
  let lastDirectMessage = Date.now();

  const onlineUsers = (): OnlineUser[] =>
    [...online.values()].map(({ user }) => user).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const enter = (call: Call, room: string) => rule(() => chat.enter(room, call.user?.roles ?? []));

  const hub = createTestHub<ChatHub>({
    authenticate: ({ token }) => (token === null ? null : tokens.verify(token)),
    anonymous: true,
    closeOnAuthenticationExpiration: true,
    enableAuthenticationRefresh: true,
    authorize: { Send: true, SendDirect: true, ExpireMyToken: true },
    parameters: { JoinRoom: 1, LeaveRoom: 1, History: 1, Send: 2, SendDirect: 2 },
    methods: {
      Rooms: () => [...rooms],
      Online: () => onlineUsers(),

      async JoinRoom(call, name) {
        const room = enter(call, name);
        await call.groups.add(call.user ? members(room.name) : visitors(room.name));
      },
      async LeaveRoom(call, name) {
        await call.groups.remove(members(name));
        await call.groups.remove(visitors(name));
      },
      History(call, name) {
        const messages = chat.history(enter(call, name));
        return call.user ? [...messages] : messages.map(cutForVisitors);
      },

      async Send(call, name, text) {
        const message = chat.add(
          enter(call, name),
          sender(call),
          rule(() => checkText(text)),
        );
        await Promise.all([
          call.clients.group(members(name)).send('MessageReceived', message),
          call.clients.group(visitors(name)).send('MessageReceived', cutForVisitors(message)),
        ]);
      },
      async SendDirect(call, toUserId, text) {
        const { userId, name } = sender(call);
        rule(() => checkText(text));
        if (!online.has(toUserId)) throw new HubException(`The user '${toUserId}' is not online.`);
        const message: DirectMessage = {
          id: ++lastDirectMessage,
          fromUserId: userId,
          fromName: name,
          toUserId,
          text,
          sentAt: Date.now(),
        };
        await call.clients.users(...new Set([toUserId, userId])).send('DirectMessageReceived', message);
      },

      async DropMyConnection(call) {
        call.drop();
      },
      async ExpireMyToken(call) {
        tokens.refuseUntilNow(sender(call).userId);
      },
    },

    async onConnected(call) {
      events.add({ type: 'connected', at: Date.now(), connectionId: call.connectionId, userId: call.userId });
      if (!call.user) return;
      const { userId, name } = sender(call);
      const known = online.get(userId);
      online.set(userId, { user: { userId, name }, connections: (known?.connections ?? 0) + 1 });
      if (!known) await call.clients.all.send('OnlineChanged', onlineUsers());
    },
    async onDisconnected(call) {
      const known = call.userId === null ? undefined : online.get(call.userId);
      if (known && --known.connections === 0) {
        online.delete(known.user.userId);
        await call.clients.all.send('OnlineChanged', onlineUsers());
      }
      if (options.disconnectDelay) await delay(options.disconnectDelay);
      const { connectionId, userId } = call;
      events.add({ type: 'disconnected-finished', at: Date.now(), connectionId, userId });
    },
  });

  // The caller's own connection is one of those that end, so its call is answered first.
  hub.on('completed', ({ method, userId, error }) => {
    if (method.toLowerCase() === 'expiremytoken' && userId !== null && error === undefined) void hub.expire(userId);
  });

  const { url } = await hub.listen({ port: options.port ?? 0, host, path: hubPath, cors: options.origins });

  return {
    name: 'embedded',
    url,
    events,
    restart: ({ downFor }) => hub.restart({ downFor }),
    close: () => hub.dispose(),
  };
}

/** The caller of a method that `authorize` keeps visitors out of. */
function sender({ user }: Call): Sender {
  if (!user) throw new HubException('Log in first.');
  return { userId: user.userId, name: user.name ?? user.userId };
}

/** Clients may read why a rule of the chat refused them. */
function rule<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ChatRuleError ? new HubException(error.message) : error;
  }
}
