/**
 * A list of notes: kept by the server, changed by HTTP (`/api/notes`) or by the hub, told by the hub.
 * `aspnetcore/Contract.cs` says the same in C#. Times are epoch milliseconds.
 */
export interface Note {
  readonly id: number;
  readonly text: string;
  readonly author: string;
  readonly writtenAt: number;
}

export interface NotesHub {
  server: {
    /** Everybody may; a note that is not there any more is no error. */
    Remove(id: number): Promise<void>;
  };
  client: {
    NoteAdded(note: Note): void;
    NoteRemoved(id: number): void;
  };
}

/** What `GET /bff/session` answers. Nobody signed in is an answer, not a failure. */
export interface SessionAnswer {
  readonly userId: string | null;
  readonly name: string | null;
  /** To be sent as `X-CSRF-TOKEN` with whatever changes something. It belongs to this user and this browser. */
  readonly csrfToken: string;
}
