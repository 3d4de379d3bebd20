/** The hub of the documentation; a test holds docs/typed-hubs.md to this file. */
export interface ChatMessage {
  id: number;
  room: string;
  from: string;
  text: string;
}

export interface ChatHub {
  /** What clients call. */
  server: {
    JoinGroup(room: string): void;
    LeaveGroup(room: string): void;
    Send(room: string, text: string): ChatMessage;
    History(room: string, after: number): ChatMessage[];
    Import(lines: AsyncIterable<string>): number;
  };
  /** What the server calls; one with a result asks the client. */
  client: {
    MessageReceived(message: ChatMessage): void;
    MessageRemoved(id: number): void;
    Confirm(question: string): boolean;
  };
  /** What streams; the return type is the item. */
  streams: {
    Countdown(from: number): number;
  };
}
