import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { host, listen, unlisten } from './listener.ts';
import { loggingOutPage, loginPage, logoutPage, messagePage } from './provider-pages.ts';
import { createProviderStore } from './provider-store.ts';
import { chatAudience, chatClientId, demoUsers } from './users.ts';

export interface ProviderOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** Seconds. @default 60 */
  readonly accessTokenLifetime?: number;
  /** Where the pages are: they are redirect URIs, and their origins get CORS. */
  readonly pageUris: readonly string[];
  /** @default the chat */
  readonly app?: ProviderApp;
}

/** The app that people log in to: one public client, and the API that its access tokens are for. */
export interface ProviderApp {
  readonly clientId: string;
  readonly audience: string;
  /** What the login page calls it. */
  readonly name: string;
}

const chat: ProviderApp = { clientId: chatClientId, audience: chatAudience, name: 'the chat' };

export interface TokenRequestEntry {
  /** Epoch milliseconds of the request's arrival. */
  readonly at: number;
  readonly grantType: string;
  readonly status: number;
  /** The OAuth error code of a refusal. */
  readonly error: string | null;
}

export interface EndSessionEntry {
  /** Epoch milliseconds of the request's arrival. */
  readonly at: number;
  readonly status: number;
}

export interface ChatProvider {
  /** What OIDC clients call the authority. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** What was asked of the provider, in the order of the answers. */
  readonly requests: { readonly token: TokenRequestEntry[]; readonly endSession: EndSessionEntry[] };
  /** For tokens issued from now on; seconds. */
  setAccessTokenLifetime(seconds: number): void;
  /** Ends a user's sessions and revokes their refresh tokens, as an administrator would. */
  revokeAllFor(userId: string): void;
  /** The provider cannot be reached until `up()`; what it knows stays. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

const day = 24 * 60 * 60;
const tokenPath = '/token';
const endSessionPath = '/session/end';
const loginPath = /^\/interaction\/[\w-]+$/;

/** A certified OpenID provider with two users. A user of the demo logs in here with a real password. */
export async function startProvider(options: ProviderOptions): Promise<ChatProvider> {
  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  const issuer = `http://${host}:${port}`;
  const app = options.app ?? chat;

  let accessTokenLifetime = options.accessTokenLifetime ?? 60;
  const requests: { token: TokenRequestEntry[]; endSession: EndSessionEntry[] } = { token: [], endSession: [] };
  const store = createProviderStore();
  const provider = new Provider(issuer, {
    ...(await configuration(app, options.pageUris, () => accessTokenLifetime)),
    adapter: store.adapter,
  });

  provider.use(async (ctx, next) => {
    const at = Date.now();
    await next();
    if (ctx.method === 'POST' && ctx.path === tokenPath) {
      const { oidc, body } = ctx as KoaContextWithOIDC & { body?: { error?: string } };
      const grantType = oidc.params?.['grant_type'];
      requests.token.push({
        at,
        grantType: typeof grantType === 'string' ? grantType : '',
        status: ctx.status,
        error: body?.error ?? null,
      });
    } else if (ctx.path === endSessionPath) {
      requests.endSession.push({ at, status: ctx.status });
    }
  });
  provider.on('server_error', (_ctx, error) => console.error('The OpenID provider failed:', error));

  const protocol = provider.callback();
  server.on('request', (request, response) => {
    if (loginPath.test(request.url ?? '')) void interact(provider, app, request, response);
    // Browsers ask for one, and complain of a 404 in the console.
    else if (request.url === '/favicon.ico') response.writeHead(204).end();
    else void protocol(request, response);
  });

  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    requests,
    setAccessTokenLifetime(seconds) {
      accessTokenLifetime = seconds;
    },
    revokeAllFor: store.revokeAllFor,
    down: () => unlisten(server),
    up: async () => void (await listen(server, port)),
    close: () => unlisten(server),
  };
}

async function configuration(
  app: ProviderApp,
  pageUris: readonly string[],
  accessTokenLifetime: () => number,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const pageOrigins = new Set(pageUris.map((uri) => new URL(uri).origin));

  return {
    clients: [
      {
        client_id: app.clientId,
        client_name: app.name,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [...pageUris],
        post_logout_redirect_uris: [...pageUris],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientBasedCORS: (_ctx, origin) => pageOrigins.has(origin),
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'role'] },
    // There is no user info end point to ask: the ID token says who it is.
    conformIdTokenClaims: false,
    findAccount: (_ctx, id) => {
      const user = demoUsers.find((candidate) => candidate.id === id);
      return user && { accountId: id, claims: () => ({ sub: id, name: user.name, role: [...user.roles] }) };
    },
    extraTokenClaims: (_ctx, token) => {
      const user = 'accountId' in token ? demoUsers.find(({ id }) => id === token.accountId) : undefined;
      return user && { name: user.name, role: [...user.roles] };
    },

    // offline_access without prompt=consent is dropped, as OpenID Connect asks; this first-party app was given its
    // consent in advance, so it gets its refresh token in either case …
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // … and loses it when the user logs out here.
    expiresWithSession: () => true,
    // Once used, a refresh token is worthless; one that comes back revokes the whole grant.
    rotateRefreshToken: true,
    loadExistingGrant: async ({ oidc }) => {
      const known = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(oidc.client!.clientId);
      // A session remembers its grant even after a reused refresh token has revoked it.
      const existing = known === undefined ? undefined : await oidc.provider.Grant.find(known);
      if (existing) return existing;
      const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! });
      grant.addOIDCScope('openid profile offline_access');
      await grant.save();
      return grant;
    },

    ttl: {
      AccessToken: () => accessTokenLifetime(),
      AuthorizationCode: 60,
      IdToken: day,
      RefreshToken: day,
      Grant: day,
      Session: day,
      Interaction: 60 * 60,
    },
    routes: { token: tokenPath, end_session: endSessionPath, jwks: '/jwks' },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => app.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== app.audience) throw new errors.InvalidTarget();
          return {
            scope: '',
            audience: app.audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: accessTokenLifetime(),
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const hint = ctx.oidc.entities.IdTokenHint?.payload.sub;
          ctx.body = hint && hint === ctx.oidc.session?.accountId ? loggingOutPage(form) : logoutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = messagePage('Logged out', 'You are logged out. You may close this page.');
        },
      },
    },
    renderError: (ctx, { error, error_description: description }) => {
      ctx.type = 'html';
      ctx.body = messagePage('This did not work', `${error}: ${description ?? 'no details'}.`);
    },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
  };
}

/** What oidc-provider asks of the user: to log in. Consent is never asked of a first-party app, only recorded. */
async function interact(
  provider: Provider,
  app: ProviderApp,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const show = (html: string, status = 200): void => {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
    response.writeHead(status, { ...headers, 'content-security-policy': "frame-ancestors 'none'" }).end(html);
  };
  try {
    const { prompt, uid } = await provider.interactionDetails(request, response);
    if (prompt.name === 'consent') {
      return await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
    }
    const action = `/interaction/${uid}`;
    if (request.method !== 'POST') return show(loginPage({ action, app: app.name }));

    const form = new URLSearchParams(await readBody(request));
    const userName = form.get('user')?.trim().toLowerCase() ?? '';
    const user = demoUsers.find(({ id, password }) => id === userName && password === form.get('password'));
    if (!user) {
      const error = 'User name or password is wrong. Please try again.';
      return show(loginPage({ action, app: app.name, userName, error }));
    }
    await provider.interactionFinished(request, response, { login: { accountId: user.id } });
  } catch (error) {
    if (response.headersSent) return void response.end();
    if (error instanceof errors.SessionNotFound) {
      return show(messagePage('This login has expired', `Go back to ${app.name} and log in again.`), 400);
    }
    if (error instanceof RangeError) return show(messagePage('This did not work', error.message), 413);
    console.error('The login page failed:', error);
    show(messagePage('This did not work', 'The login page failed. Please try again.'), 500);
  }
}

async function readBody(request: IncomingMessage, limit = 10_000): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new RangeError('The form is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
