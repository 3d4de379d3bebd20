import type { HubRequest, HubResponse } from '../api/http.ts';
import { lowerCaseNames } from '../entrances/access.ts';
import { userOf } from '../tokens/jwt.ts';
import { json, oauthError, redirect } from './answers.ts';
import type { OidcUser, TestOidcOptions } from './api.ts';
import { createGrants, GrantError } from './grants.ts';
import type { SignIn } from './grants.ts';
import type { Signer } from './signer.ts';

/** Seconds that an id token lives. */
const idTokenLifetime = 3600;

/** The end points, and what they know. */
export interface Provider {
  authorize(query: URLSearchParams): HubResponse;
  token(request: HubRequest): Promise<HubResponse>;
  userinfo(request: HubRequest): Promise<HubResponse>;
  revocation(form: URLSearchParams): HubResponse;
  endSession(query: URLSearchParams): HubResponse;
  discovery(): HubResponse;
  /** The tokens of a sign-in that nobody had to ask for. @param expiresIn seconds */
  signIn(sub: string, clientId: string, scope: string, expiresIn: number): Promise<Record<string, unknown>>;
  signInAs(user: OidcUser | null): void;
  setUser(user: OidcUser): void;
  revoke(sub: string): void;
  /** Seconds. */
  expiresIn: number;
  /** When each session was ended, epoch ms. */
  readonly signOuts: readonly number[];
  readonly reuses: number;
}

export function createProvider(options: TestOidcOptions, signer: Signer, authorityNow: () => string): Provider {
  const grants = createGrants(options.rotate ?? true);
  const users = new Map<string, OidcUser>();
  const signOuts: number[] = [];
  /** Whoever signs in, and who has: the one browser of the test has one session. */
  let person: OidcUser | null = options.user === undefined ? { sub: 'ann' } : options.user;
  let session: string | null = null;
  if (person) users.set(person.sub, person);

  const claimsOf = (sub: string): Record<string, unknown> => {
    const { password: _, ...claims } = users.get(sub) ?? { sub };
    return claims;
  };

  async function createTokens(
    signIn: SignIn,
    refreshToken: string | undefined,
    expiresIn: number = provider.expiresIn,
  ): Promise<Record<string, unknown>> {
    const { sub, clientId, scope, nonce } = signIn;
    const now = Date.now() / 1000;
    const signed = (audience: object, lifetime: number): Promise<string> =>
      signer.sign({
        ...claimsOf(sub),
        sub,
        iss: authorityNow(),
        iat: Math.floor(now),
        exp: now + lifetime,
        jti: globalThis.crypto.randomUUID(),
        ...audience,
      });
    return {
      access_token: options.issue
        ? await options.issue({ ...claimsOf(sub), sub, expiresIn })
        : await signed({ client_id: clientId, scope }, expiresIn),
      token_type: 'Bearer',
      expires_in: expiresIn,
      scope,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      ...(scope.split(' ').includes('openid')
        ? { id_token: await signed({ aud: clientId, ...(nonce === undefined ? {} : { nonce }) }, idTokenLifetime) }
        : {}),
    };
  }

  function createFirstTokens(signIn: SignIn, expiresIn?: number): Promise<Record<string, unknown>> {
    const lasting = signIn.scope.split(' ').includes('offline_access');
    return createTokens(signIn, lasting ? grants.createRefreshToken(signIn) : undefined, expiresIn);
  }

  async function grant(form: URLSearchParams, clientId: string): Promise<Record<string, unknown>> {
    switch (form.get('grant_type') ?? '') {
      case 'authorization_code': {
        const [code, uri] = [form.get('code') ?? '', form.get('redirect_uri') ?? ''];
        return createFirstTokens(await grants.redeemCode(code, clientId, uri, form.get('code_verifier')));
      }
      case 'refresh_token': {
        const { signIn, next } = grants.refresh(form.get('refresh_token') ?? '');
        return createTokens(signIn, next);
      }
      case 'password': {
        const [sub, password] = [form.get('username') ?? '', form.get('password') ?? ''];
        const expected = users.get(sub)?.password ?? password;
        if (sub === '' || password !== expected) throw new GrantError('invalid_grant', 'Wrong user name or password');
        return createFirstTokens(grants.signIn({ sub, clientId, scope: form.get('scope') ?? 'openid' }));
      }
      default:
        throw new GrantError('unsupported_grant_type', 'Only authorization_code, refresh_token and password');
    }
  }

  async function token(request: HubRequest): Promise<HubResponse> {
    if (request.method.toUpperCase() !== 'POST') return { status: 405, headers: { Allow: 'POST' }, body: '' };
    const form = formOf(request);
    try {
      return json(200, await grant(form, form.get('client_id') ?? ''));
    } catch (error) {
      if (error instanceof GrantError) return oauthError(error.code, error.message);
      throw error;
    }
  }

  function authorize(query: URLSearchParams): HubResponse {
    const redirectUri = query.get('redirect_uri') ?? '';
    const clientId = query.get('client_id') ?? '';
    if (!URL.canParse(redirectUri) || clientId === '') return oauthError('invalid_request', 'Who asks, from where?');
    const back = (fields: Record<string, string | null>): HubResponse =>
      redirect(redirectUri, { ...fields, state: query.get('state'), iss: authorityNow() });
    if (query.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
    if (query.get('prompt') === 'none') {
      if (session === null) return back({ error: 'login_required' });
    } else {
      if (person === null) return back({ error: 'access_denied' });
      session = person.sub;
    }
    const nonce = query.get('nonce');
    const signIn = grants.signIn({
      sub: session,
      clientId,
      scope: query.get('scope') ?? 'openid',
      ...(nonce === null ? {} : { nonce }),
    });
    const [challenge, method] = [query.get('code_challenge'), query.get('code_challenge_method') ?? 'plain'];
    return back({ code: grants.createCode(signIn, { redirectUri, challenge, method }) });
  }

  function endSession(query: URLSearchParams): HubResponse {
    signOuts.push(Date.now());
    session = null;
    const back = query.get('post_logout_redirect_uri');
    if (back !== null && URL.canParse(back)) return redirect(back, { state: query.get('state') });
    return { status: 200, headers: {}, body: '' };
  }

  async function userinfo(request: HubRequest): Promise<HubResponse> {
    const bearer = /^Bearer (.+)$/i.exec(lowerCaseNames(request.headers).authorization ?? '')?.[1] ?? '';
    try {
      const { userId } = userOf(await signer.verify(bearer), 0);
      return json(200, claimsOf(userId));
    } catch {
      return { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, body: '' };
    }
  }

  function discovery(): HubResponse {
    const authority = authorityNow();
    return json(200, {
      issuer: authority,
      authorization_endpoint: `${authority}/authorize`,
      token_endpoint: `${authority}/token`,
      revocation_endpoint: `${authority}/revocation`,
      userinfo_endpoint: `${authority}/userinfo`,
      end_session_endpoint: `${authority}/end-session`,
      jwks_uri: `${authority}/jwks`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'password'],
      code_challenge_methods_supported: ['S256', 'plain'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [options.algorithm ?? 'ES256'],
      authorization_response_iss_parameter_supported: true,
    });
  }

  const provider: Provider = {
    authorize,
    token,
    userinfo,
    revocation(form) {
      grants.revokeToken(form.get('token') ?? '');
      return { status: 200, headers: {}, body: '' };
    },
    endSession,
    discovery,
    signIn: (sub, clientId, scope, expiresIn) => createFirstTokens(grants.signIn({ sub, clientId, scope }), expiresIn),
    signInAs(user) {
      person = user;
      if (user) users.set(user.sub, user);
    },
    setUser: (user) => void users.set(user.sub, user),
    revoke(sub) {
      grants.revoke(sub);
      if (session === sub) session = null;
    },
    expiresIn: options.expiresIn ?? 300,
    signOuts,
    get reuses() {
      return grants.reuses;
    },
  };
  return provider;
}

export function formOf({ body = '' }: HubRequest): URLSearchParams {
  return new URLSearchParams(typeof body === 'string' ? body : new TextDecoder().decode(body));
}
