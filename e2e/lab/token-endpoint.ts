/// <reference types="node" />
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import type { Lab } from './lab.ts';

export interface TokenEndpointOptions {
  /** Who is signed in. @default 'ann' */
  sub?: string;
  /** Seconds that access tokens live. @default 300 */
  expiresIn?: number;
}

/**
 * What oidc-client-ts needs of an OpenID provider after the sign-in: discovery, and a token end point with strictly
 * rotating refresh tokens. A refresh token that comes a second time revokes the whole family, as real providers do.
 */
export interface TokenEndpoint {
  readonly authority: string;
  /** For `new UserManager(settings)` or `oidc(settings)`. */
  readonly settings: { authority: string; client_id: string; redirect_uri: string; scope: string };
  /** TR of the scenarios: requests to the token end point, the failed ones too. */
  readonly requests: number;
  /** When each of them came, epoch ms. */
  readonly requestedAt: readonly number[];
  /** When the end-session end point was asked, epoch ms. */
  readonly signedOutAt: readonly number[];
  /** True once a refresh token was used twice. */
  readonly familyRevoked: boolean;

  /** A signed-in user as oidc-client-ts stores it: put `value` under `key` into its store. Each call is a new sign-in. */
  storedUser(options?: {
    sub?: string;
    expired?: boolean;
    expiresIn?: number;
  }): Promise<{ key: string; value: string }>;

  /** Seconds that the next access tokens live. */
  setLifetime(expiresIn: number): void;
  /** An OAuth error with status 400, from now on. */
  fail(error: string, description?: string): void;
  /** The next requests are cut off without an answer. */
  failNetwork(times: number): void;
  /** Answers come this many ms late, from now on. */
  delay(ms: number): void;
  /** This status with an empty body, from now on. */
  status(status: number, headers?: Record<string, string>): void;
  /** Works again. */
  recover(): void;
  close(): Promise<void>;
}

type Mode =
  | { kind: 'works' }
  | { kind: 'error'; error: string; description: string }
  | { kind: 'status'; status: number; headers: Record<string, string> };

const clientId = 'lab';

export async function startTokenEndpoint(lab: Lab, options: TokenEndpointOptions = {}): Promise<TokenEndpoint> {
  const idTokenKey = randomBytes(32);
  const refreshTokens = new Map<string, { sub: string; family: string; used: boolean }>();
  const revokedFamilies = new Set<string>();
  const requestedAt: number[] = [];
  const signedOutAt: number[] = [];
  let lifetime = options.expiresIn ?? 300;
  let mode: Mode = { kind: 'works' };
  let networkFailures = 0;
  let lateness = 0;

  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', authority);
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Access-Control-Allow-Headers', '*');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, {
          issuer: authority,
          authorization_endpoint: `${authority}/authorize`,
          token_endpoint: `${authority}/token`,
          revocation_endpoint: `${authority}/revocation`,
          end_session_endpoint: `${authority}/end-session`,
          jwks_uri: `${authority}/jwks`,
        });
      case '/token':
        return token(request, response);
      case '/revocation':
        return void response.writeHead(200).end();
      case '/end-session': {
        signedOutAt.push(Date.now());
        const back = url.searchParams.get('post_logout_redirect_uri');
        return void response.writeHead(back === null ? 200 : 302, back === null ? {} : { Location: back }).end();
      }
      default:
        return void response.writeHead(404).end();
    }
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requestedAt.push(Date.now());
    if (networkFailures > 0) {
      networkFailures--;
      request.socket.destroy();
      return;
    }
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const form = new URLSearchParams(body);
    // Like a real provider: the refresh token is spent when the request is taken, not when the answer is read.
    const reply = await decide(form);
    if (lateness > 0) await sleep(lateness, undefined, { ref: false });
    reply(response);
  }

  async function decide(form: URLSearchParams): Promise<(response: ServerResponse) => void> {
    if (mode.kind === 'error') return oauthError(mode.error, mode.description);
    if (mode.kind === 'status') {
      const { status, headers } = mode;
      return (response) => void response.writeHead(status, headers).end();
    }
    if (form.get('grant_type') !== 'refresh_token') return oauthError('unsupported_grant_type', 'Only refresh_token');
    const spent = refreshTokens.get(form.get('refresh_token') ?? '');
    if (spent === undefined) return oauthError('invalid_grant', 'Unknown refresh token');
    if (spent.used) revokedFamilies.add(spent.family);
    if (revokedFamilies.has(spent.family)) return oauthError('invalid_grant', 'The refresh token was used before');
    spent.used = true;
    const tokens = await grant(spent.sub, spent.family, lifetime);
    return (response) => json(response, 200, tokens);
  }

  async function grant(sub: string, family: string, expiresIn: number) {
    const refreshToken = randomBytes(24).toString('base64url');
    refreshTokens.set(refreshToken, { sub, family, used: false });
    return {
      access_token: await lab.issue({ sub, expiresIn }),
      refresh_token: refreshToken,
      id_token: await new SignJWT({ sub, auth_time: 0 })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(authority)
        .setAudience(clientId)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(idTokenKey),
      token_type: 'Bearer',
      scope: 'openid offline_access',
      expires_in: expiresIn,
    };
  }

  return {
    authority,
    settings: {
      authority,
      client_id: clientId,
      redirect_uri: `${authority}/signed-in`,
      scope: 'openid offline_access',
    },
    get requests() {
      return requestedAt.length;
    },
    requestedAt,
    signedOutAt,
    get familyRevoked() {
      return revokedFamilies.size > 0;
    },
    async storedUser({ sub = options.sub ?? 'ann', expired = false, expiresIn = expired ? -60 : lifetime } = {}) {
      const { expires_in, ...tokens } = await grant(sub, randomUUID(), expiresIn);
      const now = Math.floor(Date.now() / 1000);
      const profile = { sub, iss: authority, aud: clientId, iat: now, exp: now + 3600 };
      return {
        key: `user:${authority}:${clientId}`,
        value: JSON.stringify({ ...tokens, profile, expires_at: now + expires_in }),
      };
    },
    setLifetime: (expiresIn) => void (lifetime = expiresIn),
    fail: (error, description = '') => void (mode = { kind: 'error', error, description }),
    failNetwork: (times) => void (networkFailures = times),
    delay: (ms) => void (lateness = ms),
    status: (status, headers = {}) => void (mode = { kind: 'status', status, headers }),
    recover() {
      mode = { kind: 'works' };
      networkFailures = 0;
      lateness = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function oauthError(error: string, description: string): (response: ServerResponse) => void {
  return (response) => json(response, 400, { error, error_description: description });
}
