/**
 * How a link can fail or end, as facts: what was seen, and no opinion. `connection/classify.ts` makes the verdict.
 */
export type LinkFailure =
  /** An HTTP request was answered with a status. `retryAfter` is ms; `challenge` is `WWW-Authenticate`, where it can be seen. */
  | { kind: 'status'; status: number; challenge: string | null; retryAfter: number | null; cause: unknown }
  /** Something answered negotiate, but it was not a hub. */
  | { kind: 'not-a-hub'; cause: unknown }
  /** No answer with a status: no network, no server, no CORS headers, a refused WebSocket upgrade. */
  | { kind: 'unreachable'; cause: unknown }
  | { kind: 'timeout'; cause: unknown }
  /** The handshake was refused, or something that is no hub message arrived. */
  | { kind: 'protocol'; cause: unknown }
  /** The hub’s own Close message. */
  | { kind: 'closed-by-server'; allowReconnect: boolean; cause: Error | null }
  /** The transport died. */
  | { kind: 'lost'; cause: unknown };

/** Carries a failure through a rejected promise. */
export class LinkError extends Error {
  constructor(readonly failure: LinkFailure) {
    super(failure.kind);
  }
}
