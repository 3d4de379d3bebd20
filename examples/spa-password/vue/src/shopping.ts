import { createHubClient, type HubClient } from '@org/hub-vue';
import { shallowRef, type ShallowRef } from 'vue';
import { fetchConfig } from '../../../common/page/config.ts';
import type { ShoppingConfig, ShoppingHub } from '../../contract.ts';
import { type Api, createApi, json, refusalOf } from './api.ts';
import { type Auth, chosenWayIn, type WayInName, waysIn } from './ways-in.ts';

/** The parts of the app, wired. One source of tokens: hub and API ask the same one. */
export interface Shopping {
  readonly hub: HubClient<ShoppingHub>;
  readonly auth: Auth;
  readonly api: Api;
  readonly wayIn: WayInName;
  /** The last session ended, and nobody here asked for it. */
  readonly ended: ShallowRef<boolean>;
  /** Makes an account. @throws ApiError with what the server’s validation says */
  register(email: string, password: string): Promise<void>;
}

export async function openShopping(): Promise<Shopping> {
  const { apiUrl } = await fetchConfig<ShoppingConfig>();
  const wayIn = chosenWayIn();
  const auth = waysIn[wayIn].open(apiUrl);
  const ended = shallowRef(false);
  const api = createApi(apiUrl, auth);
  const hub = createHubClient<ShoppingHub>({
    url: `${apiUrl}/hubs/shopping`,
    auth,
    // The token is all that the server looks at; so it need not allow this page’s cookies (CORS).
    signalr: { withCredentials: false },
    // Somebody is looking at it: rather ask too often than let them wait.
    reconnect: { maxDelay: 4_000 },
    events: {
      sessionEnded: ({ reason }) => (ended.value = reason !== 'logout'),
    },
  });

  async function register(email: string, password: string): Promise<void> {
    const sent = { method: 'POST', ...json({ email, password }) };
    const response = await fetch(`${apiUrl}/identity/register`, sent).catch(() => null);
    if (!response) throw new Error('The server does not answer. Check that it runs, then try again.');
    if (!response.ok) throw await refusalOf(response);
  }

  return { hub, auth, api, wayIn, ended, register };
}
