/** An HTTP request, whichever way it came in: a port, a service worker, a direct call. */
export interface HubRequest {
  method: string;
  /** Absolute, or a path with its query. */
  url: string;
  /** Names in any case. */
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Aborts when the client gives up waiting for the answer, or for the rest of it. */
  signal?: AbortSignal;
}

export interface HubResponse {
  status: number;
  headers: Record<string, string>;
  /** A stream leaves chunk by chunk; one that errors is a connection that dies in the middle of the answer. */
  body: string | Uint8Array | ReadableStream<Uint8Array>;
}

/** The server's end of a WebSocket, or of what stands in for one. The hub calls these; none of them may throw when the socket is already gone. */
export interface HubSocket {
  send(data: string | Uint8Array): void;
  /** The closing handshake. */
  close(code: number, reason?: string): void;
  /** The socket dies without a Close frame: the client sees 1006. */
  terminate(): void;
  /** A frozen hub reads nothing, not even a Close frame. */
  pause?(): void;
  resume?(): void;
  /** Sends the first bytes of this message, and dies in the middle of it. Without this, nothing of it is sent. */
  cut?(data: string | Uint8Array, bytes: number): void;
  /** Server-sent events: a client that asks for a binary protocol is refused. */
  readonly textOnly?: true;
  /** Long polling: the polls show that both ends are there, so the hub sends no pings. */
  readonly inherentKeepAlive?: true;
}

/** What whoever owns the socket tells the hub. */
export interface HubSocketEvents {
  message(data: string | Uint8Array): void;
  /** Once, after the last message. @param code 1006 or none: it died without a Close frame. */
  closed(code?: number): void;
  /** The client has taken its leave, and can still be told something: the DELETE of long polling. */
  left(): void;
}

/** What became of a request to open a WebSocket; `null`: nothing listens (the hub restarts), destroy the connection. */
export type UpgradeAnswer =
  { accepted: true; accept(socket: HubSocket): HubSocketEvents } | { accepted: false; response: HubResponse } | null;
