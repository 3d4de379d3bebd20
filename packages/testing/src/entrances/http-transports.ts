import type { HubUser } from '../api/call.ts';
import type { HubRequest, HubResponse, HubSocket } from '../api/http.ts';
import type { Connection } from '../connection/connection.ts';
import type { Clock } from '../platform/clock.ts';
import { text, uncached } from './answers.ts';
import { createEventStream } from './event-stream.ts';
import { createLongPolling } from './long-polling.ts';
import type { PollAnswer } from './long-polling.ts';
import type { Negotiated, Negotiation } from './negotiation.ts';

/** The requests of server-sent events and long polling, once they have been admitted. */
export interface HttpTransports {
  /** The GET of server-sent events. */
  events(request: HubRequest, query: URLSearchParams, user: HubUser | null): PollAnswer;
  poll(request: HubRequest, query: URLSearchParams, user: HubUser | null): Promise<PollAnswer>;
  post(request: HubRequest, query: URLSearchParams): PollAnswer;
  delete(query: URLSearchParams): PollAnswer;
}

export interface HttpTransportsHost {
  readonly clock: Clock;
  readonly negotiation: Negotiation;
  readonly pollTimeout: number;
  readonly disconnectTimeout: number;
  open(socket: HubSocket, negotiated: Negotiated, user: HubUser | null, release: () => void): Connection;
  /** Who sends another poll. Null: nothing to decide. The refusal, if any, ends the connection. */
  newerUser(connection: Connection, user: HubUser | null): Promise<HubResponse | null> | null;
}

const gone = text(404, '');

export function createHttpTransports(host: HttpTransportsHost): HttpTransports {
  const { negotiation } = host;

  /**
   * Each poll is a request of its own, and its token may be a newer one. The user stays who it was (measured: hub methods go on seeing the first one's
   * claims), unless the hub renews connections.
   */
  function answerPoll(
    negotiated: Negotiated,
    user: HubUser | null,
    signal: AbortSignal | undefined,
  ): PollAnswer | Promise<PollAnswer> {
    const { connection, longPolling } = negotiated;
    if (!longPolling) return openLongPolling(negotiated, user);
    const verdict = connection && host.newerUser(connection, user);
    if (!verdict) return longPolling.poll(signal);
    return verdict.then((refusal) => {
      if (!refusal) return longPolling.poll(signal);
      longPolling.delete();
      return { response: refusal };
    });
  }

  function openLongPolling(negotiated: Negotiated, user: HubUser | null): PollAnswer {
    const { clock, pollTimeout, disconnectTimeout } = host;
    const longPolling = createLongPolling({
      clock,
      pollTimeout,
      disconnectTimeout,
      disposed: () => (negotiated.disposed = true),
      forget: negotiated.forget,
    });
    negotiated.longPolling = longPolling;
    // Its id outlives the hub's connection: the last messages are still to be fetched.
    const { incoming } = host.open(longPolling.socket, negotiated, user, () => undefined);
    return longPolling.open(incoming);
  }

  return {
    events({ signal }, query, user) {
      const found = negotiation.find(query);
      if ('response' in found) return found;
      const { negotiated } = found;
      const refusal = negotiation.claim(negotiated, 'ServerSentEvents');
      if (refusal) return { response: refusal };
      if (negotiated.connection) return { response: text(409, '') };
      const stream = createEventStream(() => (negotiated.disposed = true));
      const { incoming } = host.open(stream.socket, negotiated, user, negotiated.forget);
      return { response: stream.open(incoming, signal) };
    },

    async poll({ signal }, query, user) {
      const found = negotiation.find(query);
      if ('response' in found) return { response: uncached(found.response) };
      const refusal = negotiation.claim(found.negotiated, 'LongPolling');
      if (refusal) return { response: uncached(refusal) };
      const answer = await answerPoll(found.negotiated, user, signal);
      return { ...answer, response: answer.response && uncached(answer.response) };
    },

    post({ body = '' }, query) {
      const found = negotiation.find(query);
      if ('response' in found) return found;
      const { transport, connection, disposed, early } = found.negotiated;
      if (transport === 'WebSockets') {
        return { response: text(405, 'POST requests are not allowed for WebSocket connections.') };
      }
      if (disposed) return { response: gone };
      if (body.length > 0) {
        if (connection) connection.incoming.message(body);
        else early.push(body);
      }
      return { response: text(200, '') };
    },

    delete(query) {
      const found = negotiation.find(query);
      if ('response' in found) return found;
      const { longPolling } = found.negotiated;
      if (!longPolling) return { response: text(400, 'Cannot terminate this connection using the DELETE endpoint.') };
      longPolling.delete();
      return { response: text(202, '') };
    },
  };
}

/** The request that a method and its headers stand for; null: ASP.NET Core has no such one. */
export function kindOf(
  method: string,
  headers: Readonly<Record<string, string>>,
): 'events' | 'poll' | 'post' | 'delete' | null {
  switch (method.toUpperCase()) {
    case 'POST':
      return 'post';
    case 'DELETE':
      return 'delete';
    case 'GET': {
      // Just this media type: neither `*/*` nor one with parameters will do.
      const accepted = (headers.accept ?? '').split(',').map((type) => type.trim().toLowerCase());
      return accepted.includes('text/event-stream') ? 'events' : 'poll';
    }
    default:
      return null;
  }
}
