/**
 * The chat that every example page and both example servers speak: one contract, two servers, three pages.
 * Times are epoch milliseconds. `id` numbers the messages of a room from 1 and never repeats.
 */
export interface ChatMessage {
  readonly id: number;
  readonly room: string;
  readonly userId: string;
  readonly name: string;
  readonly text: string;
  readonly sentAt: number;
  /** True where a visitor was shown only the first words. */
  readonly truncated: boolean;
}

export interface DirectMessage {
  readonly id: number;
  readonly fromUserId: string;
  readonly fromName: string;
  readonly toUserId: string;
  readonly text: string;
  readonly sentAt: number;
}

export interface OnlineUser {
  readonly userId: string;
  readonly name: string;
}

export interface Room {
  readonly name: string;
  readonly title: string;
  /** Only members of this role may join; null for everybody, visitors too. */
  readonly role: string | null;
}

/** What clients call, what they hear. An interface as a server team would write or generate it. */
export interface ChatHub {
  server: {
    /** All rooms, also those that the caller may not join. */
    Rooms(): Promise<Room[]>;
    /** Joins this connection to a room. A room with a role refuses everybody else with a HubException. */
    JoinRoom(room: string): Promise<void>;
    LeaveRoom(room: string): Promise<void>;
    /** The last 50 messages of a room, oldest first; visitors see each one cut. Refused like JoinRoom. */
    History(room: string): Promise<ChatMessage[]>;
    /** Members only. Everybody in the room hears `MessageReceived`, the sender too. */
    Send(room: string, text: string): Promise<void>;
    /** Members only. All connections of the receiver and of the sender hear `DirectMessageReceived`. */
    SendDirect(userId: string, text: string): Promise<void>;
    /** Signed-in users with at least one connection, by name. */
    Online(): Promise<OnlineUser[]>;
    /** Demo button: kills this connection's socket without a Close frame, as a lost network does. */
    DropMyConnection(): Promise<void>;
    /** Demo button, members only: every token the caller holds is refused from now on and their connections are closed as at expiry. */
    ExpireMyToken(): Promise<void>;
  };
  client: {
    MessageReceived(message: ChatMessage): void;
    DirectMessageReceived(message: DirectMessage): void;
    OnlineChanged(users: OnlineUser[]): void;
  };
}

/** Visitors see this many words of a message, then an ellipsis (`…`). */
export const visitorWords = 4;

/** A room keeps this many messages, unless its server is told otherwise. */
export const historySize = 50;

export const rooms: readonly Room[] = [
  { name: 'lobby', title: 'Lobby', role: null },
  { name: 'kitchen', title: 'Kitchen', role: null },
  { name: 'staff', title: 'Staff only', role: 'staff' },
];
