import type { Clock } from '../platform/clock.ts';
import type { HubResponse } from '../api/http.ts';
import { createConnectionId } from '../platform/ids.ts';

/** Connection tokens that were handed out and are good for one connection. */
export interface Negotiation {
  /** The answer to a negotiate, and the id that it promised. */
  negotiate(query: URLSearchParams): { response: HubResponse; connectionId?: string };
  /** Redeems the `id` of an upgrade; without one (`skipNegotiation`) a connection is made up. */
  redeem(token: string | null): Redemption;
}

export type Redemption = { connectionId: string; release(): void } | { response: HubResponse };

/** A connection that nobody opens is forgotten after this many ms; ASP.NET Core's default. */
const disconnectTimeout = 15_000;

export function createNegotiation(clock: Clock): Negotiation {
  const promised = new Map<string, { connectionId: string; since: number; taken: boolean }>();

  return {
    negotiate(query) {
      const asked = query.get('negotiateVersion') ?? '0';
      if (!/^-?\d+$/.test(asked)) {
        return { response: json({ error: 'The client requested a non-integer protocol version.' }) };
      }
      if (Number(asked) < 0) {
        const error = `The client requested version '${asked}', but the server does not support this version.`;
        return { response: json({ error }) };
      }
      for (const [token, { since, taken }] of promised) {
        if (!taken && clock.now() - since > disconnectTimeout) promised.delete(token);
      }
      const version = Number(asked) === 0 ? 0 : 1;
      const connectionId = createConnectionId();
      // Version 0 knows no token: the id itself opens the connection.
      const connectionToken = version === 0 ? connectionId : createConnectionId();
      promised.set(connectionToken, { connectionId, since: clock.now(), taken: false });
      const response = json({
        negotiateVersion: version,
        connectionId,
        ...(version === 0 ? {} : { connectionToken }),
        availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }],
      });
      return { response, connectionId };
    },
    redeem(token) {
      if (token === null || token === '') return { connectionId: createConnectionId(), release: () => undefined };
      const promise = promised.get(token);
      if (!promise) return { response: text(404, 'No Connection with that ID') };
      if (promise.taken) return { response: text(409, '') };
      promise.taken = true;
      return { connectionId: promise.connectionId, release: () => void promised.delete(token) };
    },
  };
}

function json(body: object): HubResponse {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

export function text(status: number, body: string): HubResponse {
  return { status, headers: { 'Content-Type': 'text/plain' }, body };
}
