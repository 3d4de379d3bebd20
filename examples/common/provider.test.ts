import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, refresh, type Login } from './headless-login.ts';
import { startProvider, type ChatProvider } from './provider.ts';

const origin = 'http://127.0.0.1:9';
const redirectUri = `${origin}/vue/`;

let provider: ChatProvider;

beforeAll(async () => {
  provider = await startProvider({ pageUris: [redirectUri], accessTokenLifetime: 60 });
});

afterAll(() => provider.close());

const logInAlice = () => logIn(provider.issuer, redirectUri, 'alice', 'wonderland');

/** Asks for a code with the session of an earlier login; what the provider answers without showing a page. */
async function authorizeAgain(visit: Login['visit'], parameters: Record<string, string> = {}): Promise<string | null> {
  const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
  const query = { client_id: 'chat', response_type: 'code', scope: 'openid', redirect_uri: redirectUri, ...challenge };
  let location = `${provider.issuer}/auth?${new URLSearchParams({ ...query, ...parameters })}`;
  for (let hops = 0; hops < 10 && !location.startsWith(redirectUri); hops++) {
    location = new URL((await visit(location)).headers.get('location') ?? redirectUri, location).href;
  }
  return new URL(location).searchParams.get('code');
}

describe('a login', () => {
  it('gives an access token for the hub, by default and for one minute', async () => {
    const { tokens } = await logInAlice();

    const keys = createRemoteJWKSet(new URL(provider.jwksUri));
    const { payload } = await jwtVerify(tokens.accessToken, keys, {
      issuer: provider.issuer,
      audience: 'urn:chat-api',
    });
    expect(payload).toMatchObject({ sub: 'alice', name: 'Alice', role: ['staff'], jti: expect.any(String) });
    expect(payload.exp! - payload.iat!).toBe(60);
    expect(tokens.expiresIn).toBe(60);
    expect(decodeJwt(tokens.idToken)).toMatchObject({ sub: 'alice', name: 'Alice', aud: 'chat' });
  });

  it('with a wrong password says so on the page, and again lets in', async () => {
    await expect(logIn(provider.issuer, redirectUri, 'alice', 'queen')).rejects.toThrow(
      'User name or password is wrong.',
    );
    await expect(logIn(provider.issuer, redirectUri, 'carol', 'wonderland')).rejects.toThrow(
      'User name or password is wrong.',
    );
    await expect(logIn(provider.issuer, redirectUri, 'bob', 'builder')).resolves.toBeDefined();
  });

  it('with a prompt for consent does not ask: the app is our own', async () => {
    const { visit } = await logInAlice();

    await expect(authorizeAgain(visit, { prompt: 'consent' })).resolves.toEqual(expect.any(String));
  });

  it('that has expired is a page that says what to do', async () => {
    const response = await fetch(`${provider.issuer}/interaction/long-gone`);

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Go back to the chat and log in again.');
  });
});

describe('a refresh token', () => {
  it('works once; the second time ends the whole family', async () => {
    const { tokens, visit } = await logInAlice();
    const renewed = await refresh(provider.issuer, tokens.refreshToken);
    expect(renewed.refreshToken).not.toBe(tokens.refreshToken);

    await expect(refresh(provider.issuer, tokens.refreshToken)).rejects.toThrow('invalid_grant');
    await expect(refresh(provider.issuer, renewed.refreshToken)).rejects.toThrow('invalid_grant');
    // The session is another matter: the next login needs no password.
    await expect(authorizeAgain(visit)).resolves.toEqual(expect.any(String));
  });

  it('is worthless after an administrator has revoked everything', async () => {
    const alice = await logInAlice();
    const bob = await logIn(provider.issuer, redirectUri, 'bob', 'builder');

    provider.revokeAllFor('bob');

    await expect(refresh(provider.issuer, bob.tokens.refreshToken)).rejects.toThrow('invalid_grant');
    await expect(refresh(provider.issuer, alice.tokens.refreshToken)).resolves.toBeDefined();
  });
});

describe('a logout', () => {
  it('with an ID token asks nothing, ends session and refresh token, and goes back to the page', async () => {
    const { tokens, visit } = await logInAlice();
    const query = { id_token_hint: tokens.idToken, post_logout_redirect_uri: redirectUri, state: 'from-the-page' };
    const page = await visit(`${provider.issuer}/session/end?${new URLSearchParams(query)}`);
    const html = await page.text();
    expect(html).toContain('.submit();</script>');

    const xsrf = /name="xsrf" value="(\w+)"/.exec(html)?.[1] ?? '';
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    const done = await visit(`${provider.issuer}/session/end/confirm`, { method: 'POST', body });

    expect(done.headers.get('location')).toBe(`${redirectUri}?state=from-the-page`);
    await expect(refresh(provider.issuer, tokens.refreshToken)).rejects.toThrow('invalid_grant');
    expect(provider.requests.endSession.at(-1)).toEqual({ at: expect.closeTo(Date.now(), -4), status: 200 });
  });

  it('without an ID token asks first: any site could link to it', async () => {
    const { visit } = await logInAlice();

    const html = await (await visit(`${provider.issuer}/session/end`)).text();

    expect(html).toContain('Do you want to log out?');
    expect(html).not.toContain('<script>');
  });
});

describe('the provider', () => {
  it('answers token requests of its pages only', async () => {
    const ask = (from: string) =>
      fetch(`${provider.issuer}/token`, {
        method: 'POST',
        headers: { origin: from },
        body: new URLSearchParams({ client_id: 'chat', grant_type: 'refresh_token', refresh_token: 'unknown' }),
      });

    expect((await ask(origin)).headers.get('access-control-allow-origin')).toBe(origin);
    expect((await ask('http://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('logs each token request', async () => {
    const from = provider.requests.token.length;
    const { tokens } = await logInAlice();
    await refresh(provider.issuer, tokens.refreshToken);
    await refresh(provider.issuer, tokens.refreshToken).catch(() => {});

    expect(provider.requests.token.slice(from)).toMatchObject([
      { grantType: 'authorization_code', status: 200, error: null },
      { grantType: 'refresh_token', status: 200, error: null },
      { grantType: 'refresh_token', status: 400, error: 'invalid_grant' },
    ]);
  });

  it('can be down and come back with all it knew', async () => {
    const { tokens } = await logInAlice();

    await provider.down();
    await expect(refresh(provider.issuer, tokens.refreshToken)).rejects.toThrow('fetch failed');
    await provider.up();

    await expect(refresh(provider.issuer, tokens.refreshToken)).resolves.toBeDefined();
  });
});

it('has no icon, and says so: for a 404 a browser would complain in the console', async () => {
  expect((await fetch(`${provider.issuer}/favicon.ico`)).status).toBe(204);
});
