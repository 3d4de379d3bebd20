import { createHash, randomBytes } from 'node:crypto';
import { chatClientId } from './users.ts';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly expiresIn: number;
}

export interface Login {
  readonly tokens: Tokens;
  /** A request with the cookies of this login, as the same browser would send it. Redirects are not followed. */
  readonly visit: (url: string, init?: RequestInit) => Promise<Response>;
}

class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';
}

interface TokenResponse {
  access_token: string;
  refresh_token: string;
  id_token: string;
  expires_in: number;
  error?: string;
  error_description?: string;
}

/** Logs in without a browser, through the same pages a browser sees: for tests that need a real token. */
export async function logIn(issuer: string, redirectUri: string, user: string, password: string): Promise<Login> {
  const visit = cookieKeepingFetch();
  const verifier = randomBytes(32).toString('base64url');
  const authorization = new URL('/auth', issuer);
  authorization.search = String(
    new URLSearchParams({
      client_id: chatClientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid profile offline_access',
      state: 'state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
  );

  let location = authorization.href;
  for (let hops = 0; !location.startsWith(redirectUri); hops++) {
    if (hops > 10) throw new Error(`The login does not end: ${location}`);
    let response = await visit(location);
    if (response.status === 200) {
      response = await visit(location, { method: 'POST', body: new URLSearchParams({ user, password }) });
    }
    const next = response.headers.get('location');
    if (!next) throw new TokenRefusedError(`${response.status} ${await response.text()}`);
    location = new URL(next, location).href;
  }

  const code = new URL(location).searchParams.get('code');
  if (!code) throw new TokenRefusedError(location);
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  return { tokens: await requestTokens(issuer, grant), visit };
}

export function refresh(issuer: string, refreshToken: string): Promise<Tokens> {
  return requestTokens(issuer, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

async function requestTokens(issuer: string, grant: Record<string, string>): Promise<Tokens> {
  const body = new URLSearchParams({ client_id: chatClientId, ...grant });
  const response = await fetch(new URL('/token', issuer), { method: 'POST', body });
  const answer = (await response.json()) as TokenResponse;
  if (!response.ok) throw new TokenRefusedError(`${answer.error}: ${answer.error_description}`);
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    idToken: answer.id_token,
    expiresIn: answer.expires_in,
  };
}

/** Cookies by name are enough: one host, and no path of the provider hides one from another. */
function cookieKeepingFetch(): Login['visit'] {
  const cookies = new Map<string, string>();
  return async (url, init) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const separator = pair.indexOf('=');
      const value = pair.slice(separator + 1);
      if (value) cookies.set(pair.slice(0, separator), value);
      else cookies.delete(pair.slice(0, separator));
    }
    return response;
  };
}
