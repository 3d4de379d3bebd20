import type { HubRequest, HubResponse } from '../api/http.ts';
import { parseUrl } from '../entrances/access.ts';
import { createAddress } from '../in-process/address.ts';
import { createFetch } from '../in-process/fetch.ts';
import { createClock } from '../platform/clock.ts';
import { userOf } from '../tokens/jwt.ts';
import { json } from './answers.ts';
import type { OidcClientSettings, OidcEndpoint, OidcTokenRequest, TestOidc, TestOidcOptions } from './api.ts';
import { createOidcFaults } from './faults.ts';
import { createProvider, formOf } from './provider.ts';
import { createSigner } from './signer.ts';

const endpoints: Readonly<Record<string, OidcEndpoint>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/authorize': 'authorize',
  '/token': 'token',
  '/userinfo': 'userinfo',
  '/revocation': 'revocation',
  '/end-session': 'endSession',
};

/** No cookie matters here, so everybody may call. */
const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Authorization, Content-Type' };

/** An OpenID provider in memory, for unit tests: see `TestOidc`. The clock is `Date.now()`, so fake timers age its tokens. */
export function createTestOidc(options: TestOidcOptions = {}): TestOidc {
  const clock = createClock();
  const faults = createOidcFaults();
  const signer = createSigner(options.algorithm ?? 'ES256');
  const provider = createProvider(options, signer, () => authority);
  const tokenRequests: OidcTokenRequest[] = [];
  const servers = new Set<() => Promise<void>>();
  /** From before a test puts `oidc.fetch` in its place. */
  const others = globalThis.fetch;
  let authority = options.authority ?? 'https://oidc.test';

  async function answer(on: OidcEndpoint | undefined, request: HubRequest, url: URL): Promise<HubResponse | null> {
    if (on === undefined) return { status: 404, headers: {}, body: '' };
    const refusal = faults.take(on);
    if (refusal !== undefined) return refusal;
    // What the query holds may come as a form.
    const query = request.method.toUpperCase() === 'POST' ? formOf(request) : url.searchParams;
    switch (on) {
      case 'discovery':
        return provider.discovery();
      case 'jwks':
        return json(200, await signer.jwks());
      case 'authorize':
        return provider.authorize(query);
      case 'token':
        return provider.token(request);
      case 'userinfo':
        return provider.userinfo(request);
      case 'revocation':
        return provider.revocation(query);
      case 'endSession':
        return provider.endSession(query);
      default:
        return on satisfies never;
    }
  }

  async function handleRequest(request: HubRequest): Promise<HubResponse | null> {
    if (request.method.toUpperCase() === 'OPTIONS') return { status: 204, headers: cors, body: '' };
    const url = parseUrl(request.url);
    const base = parseUrl(authority).pathname.replace(/\/$/, '');
    const on = endpoints[url.pathname.slice(base.length)];
    const at = clock.now();
    const response = await answer(on, request, url).catch((error: unknown) => {
      console.error('The test provider failed.', error);
      return { status: 500, headers: {}, body: '' };
    });
    if (on === 'token')
      tokenRequests.push({ grantType: formOf(request).get('grant_type') ?? '', at, ...told(response) });
    const late = on === undefined ? 0 : faults.delayOf(on);
    if (late > 0) await clock.sleep(late);
    return response && { ...response, headers: { ...response.headers, ...cors } };
  }

  function settings(overrides: Partial<OidcClientSettings> = {}): OidcClientSettings {
    return {
      authority,
      client_id: 'app',
      redirect_uri: 'http://localhost/signed-in',
      post_logout_redirect_uri: 'http://localhost/',
      scope: 'openid profile offline_access',
      ...overrides,
    };
  }

  return {
    get authority() {
      return authority;
    },
    settings,
    authenticate: async ({ token }) => (token === null ? null : userOf(await signer.verify(token), 0)),
    async storedUser({ sub = 'ann', expiresIn = provider.expiresIn, settings: overrides } = {}) {
      const { client_id: clientId, scope } = settings(overrides);
      const { expires_in: _, ...tokens } = await provider.signIn(sub, clientId, scope, expiresIn);
      const now = Math.floor(clock.now() / 1000);
      const profile = { sub, iss: authority, aud: clientId, iat: now, exp: now + 3600 };
      return {
        key: `user:${authority}:${clientId}`,
        value: JSON.stringify({ ...tokens, profile, expires_at: now + expiresIn }),
      };
    },

    signInAs: (user) => provider.signInAs(user),
    setUser: (user) => provider.setUser(user),
    setExpiresIn(expiresIn) {
      provider.expiresIn = expiresIn;
    },
    revoke: (sub) => provider.revoke(sub),
    reject: (error, rules = {}) => faults.reject(error, rules),
    drop: (rules = {}) => faults.drop(rules),
    delay: (ms, { on = 'token' } = {}) => faults.delay(ms, on),
    tokenRequests: () => [...tokenRequests],
    get reuses() {
      return provider.reuses;
    },
    signOuts: () => [...provider.signOuts],

    handleRequest,
    fetch: (input, init) => createFetch({ address: createAddress(authority), handleRequest, others })(input, init),
    async listen(rules = {}) {
      const { serve } = await import('../node/serve.ts');
      const { origin, close } = await serve(handleRequest, rules);
      servers.add(close);
      authority = origin;
      return { authority, close };
    },
    async dispose() {
      clock.dispose();
      await Promise.all([...servers].map((close) => close()));
    },
  };
}

function told(response: HubResponse | null): Pick<OidcTokenRequest, 'status' | 'error'> {
  if (response === null) return { status: 0 };
  const { status, body } = response;
  if (status < 400 || typeof body !== 'string' || body === '') return { status };
  return { status, error: (JSON.parse(body) as { error: string }).error };
}
