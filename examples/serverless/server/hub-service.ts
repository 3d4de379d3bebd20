import { createTestHub, type TestHub } from '@org/hub-testing';
import type { TramHub } from '../contract.ts';
import type { HubTokens } from './hub-tokens.ts';

/**
 * The test hub in the role of Azure SignalR Service: it holds connections and groups, and runs no code of the app. What
 * functions do with `hub` is a REST call there:
 *
 * - `hub.groups.add(group, id)`: `PUT /api/hubs/trams/groups/{group}/connections/{id}`
 * - `hub.groups.remove(group, id)`: `DELETE` of the same
 * - `hub.clients.group(group).send(…)`: `POST /api/hubs/trams/groups/{group}/:send`
 * - `hub.clients.user(id).send(…)`: `POST /api/hubs/trams/users/{id}/:send`
 */
export interface HubService {
  readonly hub: TestHub<TramHub>;
  /** Where negotiate sends clients, and the audience of their tokens. */
  readonly clientUrl: string;
  close(): Promise<void>;
}

export async function startHubService(tokens: HubTokens, origin: string, port = 0): Promise<HubService> {
  let clientUrl = '';
  const hub = createTestHub<TramHub>({ authenticate: ({ token }) => tokens.verify(token, clientUrl) });
  // The path and the query are those of Azure SignalR.
  const { url } = await hub.listen({ port, path: '/client', cors: [origin] });
  clientUrl = `${url}/?hub=trams`;
  return { hub, clientUrl, close: () => hub.dispose() };
}
