import { createHubClient, type HubClient } from '@org/hub-core';
import { oidc } from '@org/hub-core/oidc';
import type { ChatHub } from '../contract.ts';
import { fetchConfig } from '../../common/page/config.ts';
import { type Problem, problemOf } from '../../common/page/problem.ts';

export type Auth = ReturnType<typeof oidc>;

export interface Chat {
  readonly hub: HubClient<ChatHub>;
  readonly auth: Auth;
  /** Why the sign-in that this page came back from failed. The chat works all the same, for a visitor. */
  readonly problem: Problem | null;
}

interface ChatConfig {
  readonly authority: string;
  readonly clientId: string;
  readonly hubUrl: string;
  readonly store?: 'session' | 'local';
}

/** Makes the client, and finishes a sign-in when this page is the way back from it. Nothing is connected yet. */
export async function openChat(): Promise<Chat> {
  const config = await fetchConfig<ChatConfig>();
  const page = location.origin + location.pathname;
  const auth = oidc(
    {
      authority: config.authority,
      client_id: config.clientId,
      redirect_uri: page,
      post_logout_redirect_uri: page,
      scope: 'openid profile offline_access',
    },
    { store: config.store ?? 'session' },
  );
  const hub = createHubClient<ChatHub>({
    url: config.hubUrl,
    auth,
    anonymous: 'connect',
    groups: { join: 'JoinRoom', leave: 'LeaveRoom' },
    // Somebody is looking at it: rather ask too often than let them wait.
    reconnect: { maxDelay: 4_000 },
  });
  const problem = await auth.completeSignIn().then(() => null, problemOf);
  return { hub, auth, problem };
}

/** The name to show; null for a visitor. */
export async function signedInName({ manager }: Auth): Promise<string | null> {
  const user = await manager.getUser();
  return user ? (user.profile.name ?? user.profile.sub) : null;
}

/** Asks the demo’s server to take the hub down for three seconds. */
export async function restartHub(): Promise<void> {
  const response = await fetch('/demo/restart-hub', { method: 'POST' });
  if (!response.ok) throw new Error(`The hub was not restarted (${response.status}).`);
}
