/**
 * Two hubs of one server: the news, and messages between readers. `aspnetcore/Contract.cs` says the same in C#.
 * Times are epoch milliseconds; ids count from 1 and never repeat while the server runs.
 */
export interface Topic {
  readonly name: string;
  readonly title: string;
}

export interface Article {
  readonly id: number;
  readonly topic: string;
  readonly headline: string;
  readonly author: string;
  readonly publishedAt: number;
}

export interface Reader {
  readonly userId: string;
  readonly name: string;
}

export interface DirectMessage {
  readonly id: number;
  readonly fromUserId: string;
  readonly fromName: string;
  readonly toUserId: string;
  readonly toName: string;
  readonly text: string;
  readonly sentAt: number;
}

export interface NewsHub {
  server: {
    Topics(): Promise<Topic[]>;
    /** Joins this connection to a topic: from then on it hears `Published`. */
    JoinTopic(topic: string): Promise<void>;
    LeaveTopic(topic: string): Promise<void>;
    /** The last 50 articles of a topic, oldest first. */
    Articles(topic: string): Promise<Article[]>;
    Publish(topic: string, headline: string): Promise<void>;
  };
  client: {
    Published(article: Article): void;
  };
}

export interface MessagesHub {
  server: {
    /** Who has at least one connection, by name. */
    Online(): Promise<Reader[]>;
    /** The last 50 messages from and to the caller, oldest first. */
    Messages(): Promise<DirectMessage[]>;
    /** All connections of the receiver and of the sender hear `MessageReceived`. Refused unless the receiver is online. */
    Send(userId: string, text: string): Promise<void>;
  };
  client: {
    MessageReceived(message: DirectMessage): void;
    OnlineChanged(readers: Reader[]): void;
  };
}
