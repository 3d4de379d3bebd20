import type { HubError } from '../vocabulary/errors.js';

/**
 * How a connection can fail or end, as facts: what was seen, and no opinion. `connection/classify.ts` makes the verdict.
 */
export type Failure =
  /**
   * An HTTP request was answered with a status.
   */
  | {
      kind: 'status';
      status: number;
      response: Response;
      cause: unknown;
    }
  /** Something answered negotiate, but it was not a hub. */
  | { kind: 'not-a-hub'; cause: unknown }
  /** No answer with a status: no network, no server, no CORS headers, a refused WebSocket upgrade; or one of the others, as the text says. */
  | { kind: 'unreachable'; cause: unknown }
  | { kind: 'timeout'; cause: unknown }
  /** The handshake was refused, or something that is no hub message arrived. */
  | { kind: 'protocol'; cause: unknown }
  /** The hub’s own Close message. */
  | { kind: 'closed-by-server'; allowReconnect?: boolean; error?: string; cause?: undefined }
  /** The transport died. */
  | { kind: 'lost'; cause: unknown }
  /** The token source threw. */
  | { kind: 'source'; cause: HubError }
  /** The app’s own step threw: its `url`, `prepare` or `rotation` function; or no link can be made of what it gave. */
  | { kind: 'url' | 'prepare' | 'rotation' | 'configuration'; cause: unknown };

/** Carries a failure through a rejected promise. */
export class LinkError extends Error {
  declare readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind);
    this.failure = failure;
  }
}
