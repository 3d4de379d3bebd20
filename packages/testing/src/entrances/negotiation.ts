import type { Clock } from '../platform/clock.ts';
import type { Connection } from '../connection/connection.ts';
import type { HubResponse } from '../api/http.ts';
import type { HubTransport } from '../api/options.ts';
import { createConnectionId } from '../platform/ids.ts';
import type { WireData } from '../wire/server-protocol.ts';
import { json, text } from './answers.ts';
import type { LongPolling } from './long-polling.ts';

/** A connection as its requests find it, by the `id` of their query. */
export interface Negotiated {
  readonly connectionId: string;
  /** Null until the first request that opens it. */
  transport: HubTransport | null;
  /** What POSTs brought before that. */
  readonly early: WireData[];
  /** Where POSTs go now. */
  connection: Connection | null;
  longPolling: LongPolling | null;
  /** Over for its client, but `onDisconnected` has not finished. */
  disposed: boolean;
  forget(): void;
}

/** Connection tokens that were handed out and are good for one connection. */
export interface Negotiation {
  /** The answer to a negotiate, and the id that it promised. @param more what else version 1 answers */
  negotiate(
    query: URLSearchParams,
    more: { tokenLifetimeSeconds?: number },
  ): { response: HubResponse; connectionId?: string };
  /** The connection that a request speaks of, or the error for it. */
  find(query: URLSearchParams): { negotiated: Negotiated } | { response: HubResponse };
  /** A connection that was not negotiated, for `skipNegotiation`. */
  create(): Negotiated;
  /** Whether the connection is, or may become, one of this transport; if not, the error. */
  claim(negotiated: Negotiated, transport: HubTransport): HubResponse | null;
  /** The process has gone, and what it had promised. */
  forget(): void;
}

export interface NegotiationHost {
  readonly clock: Clock;
  readonly transports: readonly HubTransport[];
  /** A connection that nobody opens is forgotten after this many ms. */
  readonly disconnectTimeout: number;
}

const transferFormats: Record<HubTransport, readonly string[]> = {
  WebSockets: ['Text', 'Binary'],
  ServerSentEvents: ['Text'],
  LongPolling: ['Text', 'Binary'],
};

export function createNegotiation({ clock, transports, disconnectTimeout }: NegotiationHost): Negotiation {
  const byToken = new Map<string, Negotiated & { readonly since: number }>();
  const isStale = ({ connection, since }: { connection: Connection | null; since: number }): boolean =>
    connection === null && clock.now() - since > disconnectTimeout;

  function promise(token: string, connectionId: string): Negotiated {
    const negotiated = {
      connectionId,
      transport: null,
      early: [],
      connection: null,
      longPolling: null,
      disposed: false,
      since: clock.now(),
      forget: () => void byToken.delete(token),
    };
    byToken.set(token, negotiated);
    return negotiated;
  }

  return {
    negotiate(query, more) {
      const version = readVersion(query);
      if (typeof version === 'string') return { response: json({ error: version }) };
      for (const [token, negotiated] of byToken) if (isStale(negotiated)) byToken.delete(token);
      const connectionId = createConnectionId();
      // Version 0 knows no token: the id itself opens the connection.
      const connectionToken = version === 0 ? connectionId : createConnectionId();
      promise(connectionToken, connectionId);
      const response = json({
        negotiateVersion: version,
        connectionId,
        ...(version === 0 ? {} : { connectionToken, ...more }),
        availableTransports: Object.entries(transferFormats)
          .filter(([transport]) => transports.includes(transport as HubTransport))
          .map(([transport, formats]) => ({ transport, transferFormats: formats })),
      });
      return { response, connectionId };
    },
    find(query) {
      const token = parameter(query, 'id');
      if (token === null || token === '') return { response: text(400, 'Connection ID required') };
      const negotiated = byToken.get(token);
      if (!negotiated || isStale(negotiated)) return { response: text(404, 'No Connection with that ID') };
      return { negotiated };
    },
    create() {
      const connectionId = createConnectionId();
      return promise(createConnectionId(), connectionId);
    },
    claim(negotiated, transport) {
      if (!transports.includes(transport)) {
        return text(404, `${transport} transport not supported by this end point type`);
      }
      negotiated.transport ??= transport;
      if (negotiated.transport !== transport) return text(400, 'Cannot change transports mid-connection');
      return null;
    },
    forget: () => byToken.clear(),
  };
}

/** The version to speak, or the text of the refusal: not an HTTP error, as on ASP.NET Core. */
function readVersion(query: URLSearchParams): 0 | 1 | string {
  const asked = parameter(query, 'negotiateVersion') ?? '0';
  const version = /^\s*[+-]?\d+\s*$/.test(asked) ? Number(asked) : NaN;
  // What does not fit into 32 bits is no number there.
  if (version !== (version | 0)) return 'The client requested a non-integer protocol version.';
  if (version < 0) return `The client requested version '${version}', but the server does not support this version.`;
  return version === 0 ? 0 : 1;
}

/** As ASP.NET Core reads a query: names in any case, values given twice joined. */
export function parameter(query: URLSearchParams, name: string): string | null {
  const values = [...query].filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? null : values.join(',');
}
