import { admit, lowerCaseNames, parseUrl } from './access.ts';
import type { AccessRules } from './access.ts';
import type { HubUser } from '../api/call.ts';
import type { Clock } from '../platform/clock.ts';
import type { Emitter } from '../platform/emitter.ts';
import type { TestHubEvents } from '../api/events.ts';
import type { Entrance } from '../api/hub.ts';
import type { Faults } from '../server/faults.ts';
import type { HubRequest, HubResponse, HubSocket, HubSocketEvents, UpgradeAnswer } from '../api/http.ts';
import { createNegotiation, text } from './negotiation.ts';

/** The hub's doors, whichever way requests come in. */
export interface Entrances {
  handleRequest(request: HubRequest): Promise<HubResponse | null>;
  handleUpgrade(request: HubRequest): Promise<UpgradeAnswer>;
}

export interface EntrancesHost {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly events: Emitter<TestHubEvents>;
  readonly access: AccessRules;
  readonly allowedOrigins: readonly string[] | undefined;
  open(socket: HubSocket, connectionId: string, user: HubUser | null, release: () => void): HubSocketEvents;
}

export function createEntrances(host: EntrancesHost): Entrances {
  const { clock, events, faults } = host;
  const negotiation = createNegotiation(clock);

  /** Faults around an answer: nothing listens, nothing is read, the answer is late. */
  async function throughFaults<T>(answer: () => Promise<T>): Promise<T | null> {
    await faults.whenThawed();
    if (faults.down) return null;
    const result = await answer();
    if (faults.delay > 0) await clock.sleep(faults.delay);
    await faults.whenThawed();
    return faults.down ? null : result;
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
    if (request.method.toUpperCase() !== 'POST') return text(405, '');
    const admission = await enter('negotiate', request);
    if ('response' in admission) return admission.response;
    const { response, connectionId } = negotiation.negotiate(url.searchParams);
    if (connectionId !== undefined) {
      events.emit('negotiated', { connectionId, userId: admission.user?.userId ?? null });
    }
    return response;
  }

  /** Where server-sent events and long polling will live; for now, what ASP.NET Core answers to a request without a connection. */
  function withoutTransport(request: HubRequest, url: URL): HubResponse {
    if (!['GET', 'POST', 'DELETE'].includes(request.method.toUpperCase())) return text(405, '');
    return url.searchParams.has('id') ? text(404, 'No Connection with that ID') : text(400, 'Connection ID required');
  }

  async function upgrade(request: HubRequest): Promise<UpgradeAnswer> {
    const { origin } = lowerCaseNames(request.headers);
    if (origin !== undefined && host.allowedOrigins && !host.allowedOrigins.includes(origin)) {
      return { accepted: false, ...refuse('upgrade', text(403, '')) };
    }
    const admission = await enter('upgrade', request);
    if ('response' in admission) return { accepted: false, response: admission.response };
    const redemption = negotiation.redeem(parseUrl(request.url).searchParams.get('id'));
    if ('response' in redemption) return { accepted: false, ...refuse('upgrade', redemption.response) };
    const { connectionId, release } = redemption;
    return { accepted: true, accept: (socket) => host.open(socket, connectionId, admission.user, release) };
  }

  return {
    handleRequest: (request) =>
      throughFaults(async () => {
        const url = parseUrl(request.url);
        return url.pathname.endsWith('/negotiate') ? negotiate(request, url) : withoutTransport(request, url);
      }),
    handleUpgrade: (request) => throughFaults(() => upgrade(request)),
  };
}
