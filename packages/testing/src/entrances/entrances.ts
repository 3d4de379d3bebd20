import { admit, lowerCaseNames, parseUrl } from './access.ts';
import type { AccessRules } from './access.ts';
import type { HubUser } from '../api/call.ts';
import type { Clock } from '../platform/clock.ts';
import type { Connection } from '../connection/connection.ts';
import type { Emitter } from '../platform/emitter.ts';
import type { TestHubEvents } from '../api/events.ts';
import type { Entrance } from '../api/hub.ts';
import type { HubTransport } from '../api/options.ts';
import type { Faults } from '../server/faults.ts';
import type { HubRequest, HubResponse, HubSocket, UpgradeAnswer } from '../api/http.ts';
import { text } from './answers.ts';
import { createHttpTransports, kindOf } from './http-transports.ts';
import type { PollAnswer } from './long-polling.ts';
import { createNegotiation, parameter } from './negotiation.ts';
import type { Negotiated } from './negotiation.ts';
import { redirected } from './redirect.ts';
import { createRefresh, lifetimeOf } from './refresh.ts';
import type { RefreshHost } from './refresh.ts';
import type { Redirect } from './redirect.ts';

/** A way in that the hub can shut and open: a Node server. */
export interface Listener {
  /** As if the process had gone. */
  down(): Promise<void>;
  up(): Promise<void>;
  detach(): Promise<void>;
}

/** The hub's doors, whichever way requests come in. */
export interface Entrances {
  handleRequest(request: HubRequest): Promise<HubResponse | null>;
  handleUpgrade(request: HubRequest): Promise<UpgradeAnswer>;
  /** The process has gone: nobody knows the ids any more that it gave out. */
  forget(): void;
}

export interface EntrancesHost extends Pick<RefreshHost, 'acceptRefresh' | 'refreshed'> {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly events: Emitter<TestHubEvents>;
  readonly access: AccessRules;
  readonly allowedOrigins: readonly string[] | undefined;
  readonly redirect: Redirect | undefined;
  readonly settings: {
    readonly transports: readonly HubTransport[];
    readonly pollTimeout: number;
    readonly disconnectTimeout: number;
    readonly enableAuthenticationRefresh: boolean;
  };
  open(socket: HubSocket, connectionId: string, user: HubUser | null, release: () => void): Connection;
}

export function createEntrances(host: EntrancesHost): Entrances {
  const { clock, events, faults, settings } = host;
  const negotiation = createNegotiation({ clock, ...settings });
  const refresh = createRefresh({ ...host, negotiation });
  const transports = createHttpTransports({ clock, negotiation, ...settings, open, newerUser: refresh.poll });

  function open(socket: HubSocket, negotiated: Negotiated, user: HubUser | null, release: () => void): Connection {
    const connection = host.open(socket, negotiated.connectionId, user, release);
    negotiated.connection = connection;
    for (const message of negotiated.early.splice(0)) connection.incoming.message(message);
    return connection;
  }

  /** Faults around an answer: nothing listens, nothing is read, the answer is late. */
  function throughFaults<T>(
    answer: () => Promise<T | null>,
    isLate: (result: T) => boolean = () => false,
  ): Promise<T | null> {
    return faults.inThisLife(async (isOver) => {
      await faults.whenThawed();
      if (isOver()) return null;
      const result = await answer();
      // A connection that was cut is not held up by anything.
      if (result === null) return null;
      if (faults.delay > 0 && !isLate(result)) await clock.sleep(faults.delay);
      await faults.whenThawed();
      return isOver() ? null : result;
    });
  }

  async function enter(
    on: Entrance,
    request: HubRequest,
  ): Promise<{ user: HubUser | null } | { response: HubResponse }> {
    const rejection = faults.takeRejection(on, request);
    const admission = rejection ? { response: rejection } : await admit(request, host.access);
    return 'user' in admission ? admission : refuse(on, admission.response);
  }

  function refuse(on: Entrance, response: HubResponse): { response: HubResponse } {
    events.emit('refused', { on, status: response.status });
    return { response };
  }

  async function negotiate(request: HubRequest, url: URL): Promise<HubResponse> {
    const admission = await enter('negotiate', request);
    if ('response' in admission) return admission.response;
    if (request.method.toUpperCase() !== 'POST') return text(405, '');
    const { user } = admission;
    const headers = lowerCaseNames(request.headers);
    const elsewhere = await redirected(host.redirect, { user, headers, url: request.url });
    if (elsewhere) return elsewhere;
    const more = settings.enableAuthenticationRefresh ? lifetimeOf(user, clock.now()) : {};
    const { response, connectionId } = negotiation.negotiate(url.searchParams, more);
    if (connectionId !== undefined) events.emit('negotiated', { connectionId, userId: user?.userId ?? null });
    return response;
  }

  /** Everything but negotiate and upgrades. Who sends it is asked first, then whether there is such a connection: the order is ASP.NET Core's. */
  async function exchange(request: HubRequest, { searchParams }: URL): Promise<PollAnswer> {
    const on = kindOf(request.method, lowerCaseNames(request.headers));
    // Strangers do not even hear what is not allowed.
    const admission = on === null ? await admit(request, host.access) : await enter(on, request);
    if ('response' in admission) return admission;
    if (on === null) return { response: text(405, '') };
    const answer = await answerOf(on, request, searchParams, admission.user);
    if (answer.response && answer.response.status >= 400) refuse(on, answer.response);
    return answer;
  }

  function answerOf(
    on: 'events' | 'poll' | 'post' | 'delete',
    request: HubRequest,
    query: URLSearchParams,
    user: HubUser | null,
  ): PollAnswer | Promise<PollAnswer> {
    switch (on) {
      case 'events':
        return transports.events(request, query, user);
      case 'poll':
        return transports.poll(request, query, user);
      case 'post':
        return transports.post(request, query);
      case 'delete':
        return transports.delete(query);
      default:
        return on satisfies never;
    }
  }

  async function upgrade(request: HubRequest): Promise<UpgradeAnswer> {
    const { origin } = lowerCaseNames(request.headers);
    if (origin !== undefined && host.allowedOrigins && !host.allowedOrigins.includes(origin)) {
      return { accepted: false, ...refuse('upgrade', text(403, '')) };
    }
    const admission = await enter('upgrade', request);
    if ('response' in admission) return { accepted: false, response: admission.response };
    const { searchParams } = parseUrl(request.url);
    // Only a WebSocket may come without an id: `skipNegotiation`.
    const found = parameter(searchParams, 'id') ? negotiation.find(searchParams) : { negotiated: negotiation.create() };
    if ('response' in found) return { accepted: false, ...refuse('upgrade', found.response) };
    const { negotiated } = found;
    const isTaken = negotiated.transport === 'WebSockets';
    const refusal = negotiation.claim(negotiated, 'WebSockets') ?? (isTaken ? text(409, '') : null);
    if (refusal) return { accepted: false, ...refuse('upgrade', refusal) };
    return { accepted: true, accept: (socket) => open(socket, negotiated, admission.user, negotiated.forget).incoming };
  }

  async function respond(request: HubRequest): Promise<PollAnswer | null> {
    const url = parseUrl(request.url);
    if (/\/negotiate\/?$/i.test(url.pathname)) return { response: await negotiate(request, url) };
    if (/\/refresh\/?$/i.test(url.pathname)) {
      const response = await refresh.post(request, url.searchParams);
      if (response.status >= 400) refuse('refresh', response);
      return { response };
    }
    const answer = await exchange(request, url);
    return answer.response && answer;
  }

  return {
    async handleRequest(request) {
      const answer = await throughFaults(
        () => respond(request),
        ({ late }) => late === true,
      );
      return answer?.response ?? null;
    },
    handleUpgrade: (request) => throughFaults(() => upgrade(request)),
    forget: () => negotiation.forget(),
  };
}
