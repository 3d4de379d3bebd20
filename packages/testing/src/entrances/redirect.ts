import type { HubResponse } from '../api/http.ts';
import type { HubRedirect, RedirectRequest } from '../api/options.ts';
import { json, text } from './answers.ts';

export type Redirect = (request: RedirectRequest) => HubRedirect | null | Promise<HubRedirect | null>;

/** What sends the client to another hub, in the words of Azure SignalR: version 0, no id, no transports. Null: it stays here. */
export async function redirected(
  redirect: Redirect | undefined,
  request: RedirectRequest,
): Promise<HubResponse | null> {
  try {
    const target = (await redirect?.(request)) ?? null;
    if (target === null) return null;
    const { url, accessToken } = target;
    return json({
      negotiateVersion: 0,
      url,
      ...(accessToken === undefined ? {} : { accessToken }),
      availableTransports: [],
    });
  } catch (error) {
    // As `authenticate` does: the client sees a broken server, the test's author sees why.
    console.error("The test hub's redirect() failed.", error);
    return text(500, '');
  }
}
