import { admit, lowerCaseNames } from './access.ts';
import type { AccessRules } from './access.ts';
import { text } from './answers.ts';
import { parameter } from './negotiation.ts';
import type { Negotiation } from './negotiation.ts';
import type { HubUser } from '../api/call.ts';
import type { HubRequest, HubResponse } from '../api/http.ts';
import type { AuthenticationRefresh } from '../api/options.ts';
import type { Connection } from '../connection/connection.ts';
import type { Clock } from '../platform/clock.ts';
import type { Faults } from '../server/faults.ts';

export interface RefreshHost {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly access: AccessRules;
  readonly negotiation: Negotiation;
  readonly settings: { readonly enableAuthenticationRefresh: boolean };
  readonly acceptRefresh: ((refresh: AuthenticationRefresh) => boolean | Promise<boolean>) | undefined;
  /** The connection has its new user. */
  refreshed(connection: Connection): void;
}

/** How a connection gets a newer token. */
export interface Refresh {
  /** The end point. */
  post(request: HubRequest, query: URLSearchParams): Promise<HubResponse>;
  /** What came with another poll: where refreshes are on, newer claims count as by the end point. Null: nothing to decide. The refusal, if any, ends the connection. */
  poll(connection: Connection, user: HubUser | null): Promise<HubResponse | null> | null;
}

/**
 * `POST {hub}/refresh?id={connectionToken}` of .NET 11: a new token for a connection that stays. Its order of checks: is it on, is there an id, a
 * connection, a token that only its client knows; then who asks. Whatever is refused, the connection goes on as it was.
 */
export function createRefresh(host: RefreshHost): Refresh {
  const { clock } = host;

  async function refresh(request: HubRequest, query: URLSearchParams): Promise<HubResponse> {
    const found = host.negotiation.find(query);
    if ('response' in found || found.negotiated.disposed) {
      return refusal(404, 'connection_not_found', 'There is no such connection.');
    }
    const { connectionId, connection } = found.negotiated;
    // In version 0 the id is the token, and other clients may know it.
    if (parameter(query, 'id') === connectionId) {
      return refusal(400, 'unsupported_negotiate_version', 'The connection was negotiated in version 0.');
    }
    const admission = await admit(request, host.access);
    if ('response' in admission) return inJson(admission.response);
    const { user } = admission;
    if (!user) return refusal(401, 'invalid_token', 'The request holds no token that is accepted.');
    if (connection) {
      if (connection.client.userId !== user.userId) {
        return refusal(403, 'user_changed', 'The new token belongs to another user.');
      }
      const refused = await renew(connection, user);
      if (refused) return refused;
    }
    return json(200, {
      connectionId,
      refreshedAt: new Date(clock.now()).toISOString(),
      ...lifetimeOf(user, clock.now()),
    });
  }

  async function renew(connection: Connection, newUser: HubUser): Promise<HubResponse | null> {
    const { id: connectionId, user: previousUser } = connection.client;
    try {
      const isAccepted = (await host.acceptRefresh?.({ connectionId, previousUser, newUser })) ?? true;
      if (!isAccepted) return refusal(403, 'permission_change_rejected', 'The change of permissions was refused.');
    } catch (error) {
      console.error("The test hub's onAuthenticationRefresh() failed.", error);
      return { status: 500, headers: {}, body: '' };
    }
    // Of two requests that overtook one another the newer token counts; both are answered well.
    if (!isOlder(newUser, connection.tokenUser)) {
      connection.renew(newUser);
      host.refreshed(connection);
    }
    return null;
  }

  async function post(request: HubRequest, query: URLSearchParams): Promise<HubResponse> {
    if (request.method.toUpperCase() !== 'POST') return text(405, '');
    const rejection = host.faults.takeRejection('refresh', request);
    if (rejection) return rejection;
    if (!host.settings.enableAuthenticationRefresh) {
      return refusal(404, 'refresh_disabled', 'This hub does not renew connections.');
    }
    if (!parameter(query, 'id')) {
      return refusal(400, 'missing_connection_token', "The query has no 'id' with the token of the connection.");
    }
    return refresh(request, query);
  }

  return {
    post,
    poll(connection, user) {
      if (!host.settings.enableAuthenticationRefresh || !user) {
        connection.expireAt(user?.expiresAt);
        return null;
      }
      const { tokenUser } = connection;
      const isSame = JSON.stringify(user) === JSON.stringify(tokenUser);
      // A connection never passes to somebody else, whoever polls it.
      const isTheirs = user.userId === connection.client.userId;
      return isSame || !isTheirs || isOlder(user, tokenUser) ? null : renew(connection, user);
    },
  };
}

/** A token without an end is neither older nor newer. */
function isOlder(user: HubUser, current: HubUser | null): boolean {
  return user.expiresAt !== undefined && current?.expiresAt !== undefined && user.expiresAt < current.expiresAt;
}

/** `tokenLifetimeSeconds`, where the user's token has an end that is still to come. @param now epoch ms */
export function lifetimeOf(user: HubUser | null, now: number): { tokenLifetimeSeconds?: number } {
  const seconds = Math.floor(((user?.expiresAt ?? Infinity) - now) / 1000);
  if (seconds === Infinity || seconds < 1) return {};
  return { tokenLifetimeSeconds: Math.min(seconds, 0x7fff_ffff) };
}

/** Elsewhere a bad token has an empty answer. The challenge stays with it. */
function inJson(response: HubResponse): HubResponse {
  const challenge = lowerCaseNames(response.headers)['www-authenticate'] ?? '';
  const description = /error_description="([^"]*)"/.exec(challenge)?.[1];
  const { status } = response;
  const answer =
    status === 401
      ? refusal(401, 'invalid_token', description ?? 'The request holds no token that is accepted.')
      : status === 403
        ? refusal(403, 'permission_change_rejected', 'The new token does not give access to this hub.')
        : response;
  return { ...answer, headers: { ...response.headers, ...answer.headers } };
}

function refusal(status: number, error: string, description: string): HubResponse {
  return json(status, { error, error_description: description });
}

function json(status: number, body: object): HubResponse {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
