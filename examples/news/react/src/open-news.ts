import { createHubClient, type HubClient } from '@org/hub-react';
import { oidc } from '@org/hub-react/oidc';
import { fetchConfig } from '../../../common/page/config.ts';
import { type Problem, problemOf } from '../../../common/page/problem.ts';
import type { MessagesHub, NewsHub } from '../../contract.ts';
import type { NewsConfig } from '../../news.ts';

export type Auth = ReturnType<typeof oidc>;

export interface OpenedNews {
  readonly auth: Auth;
  readonly newsHub: HubClient<NewsHub>;
  readonly messagesHub: HubClient<MessagesHub>;
  /** Why the sign-in that this page came back from failed. */
  readonly problem: Problem | null;
}

/** One login, two clients. Finishes a sign-in when this page is the way back from it; nothing is connected yet. */
export async function openNews(): Promise<OpenedNews> {
  const { authority, clientId, hubsUrl } = await fetchConfig<NewsConfig>();
  const page = location.origin + location.pathname;
  const auth = oidc({
    authority,
    client_id: clientId,
    redirect_uri: page,
    post_logout_redirect_uri: page,
    scope: 'openid profile offline_access',
  });
  // The same source for both: that is what makes them one session, with one token request for the two, and one logout.
  const newsHub = createHubClient<NewsHub>({
    url: `${hubsUrl}/news`,
    auth,
    groups: { join: 'JoinTopic', leave: 'LeaveTopic' },
  });
  const messagesHub = createHubClient<MessagesHub>({ url: `${hubsUrl}/messages`, auth });
  const problem = await auth.completeSignIn().then(() => null, problemOf);
  return { auth, newsHub, messagesHub, problem };
}
