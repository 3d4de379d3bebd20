import { historySize, rooms, visitorWords, type ChatMessage, type Room } from '../contract.ts';

const maxTextLength = 2000;

/** A rule of the chat was broken; the sentence is for the person who did it. */
export class ChatRuleError extends Error {
  override readonly name = 'ChatRuleError';
}

export interface Sender {
  readonly userId: string;
  readonly name: string;
}

/** What the rooms remember. It knows nothing of connections. */
export interface ChatRooms {
  /** The room, if it exists and these roles may enter it. */
  enter(name: string, roles: readonly string[]): Room;
  add(room: Room, sender: Sender, text: string): ChatMessage;
  history(room: Room): readonly ChatMessage[];
}

export function createChatRooms(size = historySize): ChatRooms {
  const messages = new Map<string, ChatMessage[]>();

  return {
    enter(name, roles) {
      const room = rooms.find((candidate) => candidate.name === name);
      if (!room) throw new ChatRuleError(`There is no room '${name}'.`);
      if (room.role !== null && !roles.includes(room.role)) {
        throw new ChatRuleError(`The room '${room.name}' is for members of the role '${room.role}'.`);
      }
      return room;
    },
    add(room, sender, text) {
      const past = messages.get(room.name) ?? [];
      const id = (past.at(-1)?.id ?? 0) + 1;
      const { userId, name } = sender;
      const message = { id, room: room.name, userId, name, text, sentAt: Date.now(), truncated: false };
      messages.set(room.name, [...past, message].slice(-size));
      return message;
    },
    history: (room) => messages.get(room.name) ?? [],
  };
}

/** Throws unless the text can be sent as it is. */
export function checkText(text: string): string {
  if (text.trim() === '') throw new ChatRuleError('A message needs a text.');
  if (text.length > maxTextLength) throw new ChatRuleError(`A message may have ${maxTextLength} characters at most.`);
  return text;
}

/** What a visitor sees of a message: its first words. */
export function cutForVisitors(message: ChatMessage): ChatMessage {
  const words = message.text.trim().split(/\s+/);
  if (words.length <= visitorWords) return message;
  return { ...message, text: `${words.slice(0, visitorWords).join(' ')}…`, truncated: true };
}
