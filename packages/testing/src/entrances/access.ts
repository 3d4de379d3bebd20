import type { HubUser } from '../api/call.ts';
import { HubRejection } from '../api/errors.ts';
import type { HubRequest, HubResponse } from '../api/http.ts';
import type { AuthenticationRequest } from '../api/options.ts';

export type Admission = { user: HubUser | null } | { response: HubResponse };

export interface AccessRules {
  authenticate: ((request: AuthenticationRequest) => HubUser | null | Promise<HubUser | null>) | undefined;
  /** Whether visitors may connect. */
  anonymous: boolean;
}

/** Who sends this request, or why nobody may. */
export async function admit(request: HubRequest, rules: AccessRules): Promise<Admission> {
  const headers = lowerCaseNames(request.headers);
  const token = tokenOf(headers, request.url);
  try {
    const user = (await rules.authenticate?.({ token, headers, url: request.url })) ?? null;
    if (user || rules.anonymous) return { user };
    return refusal(new HubRejection(401, token === null ? {} : { challenge: 'Bearer error="invalid_token"' }));
  } catch (error) {
    if (error instanceof Error && error.name === 'HubRejection') return refusal(error as HubRejection);
    // An exception in an authentication handler is a 500 in ASP.NET Core; here the test's author wants to know, too.
    console.error("The test hub's authenticate() failed.", error);
    return { response: { status: 500, headers: {}, body: '' } };
  }
}

function refusal({ status, headers, body }: HubRejection): { response: HubResponse } {
  return { response: { status, headers: { ...headers }, body } };
}

export function lowerCaseNames(headers: HubRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** A browser's WebSocket cannot set headers, so its token comes with the query. */
function tokenOf(headers: Record<string, string>, url: string): string | null {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '');
  return bearer?.[1]?.trim() ?? parseUrl(url).searchParams.get('access_token');
}

/** @param url absolute, or a path; anything else is taken for a path, too */
export function parseUrl(url: string): URL {
  return URL.canParse(url) ? new URL(url) : new URL(`http://hub.invalid/${url.replace(/^[/\\]+/, '')}`);
}
