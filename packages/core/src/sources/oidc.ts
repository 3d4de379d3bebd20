import { UserManager, type UserManagerSettings, WebStorageStateStore } from 'oidc-client-ts';
import { asError, HubError, SessionEndedError } from '../vocabulary/errors.js';
import type { TokenChange, TokenCredentials, TokenRequest, TokenSource } from './token-source.js';

/** oidc-client-ts’s `User`, as far as it is needed here. */
export interface OidcUser {
  readonly access_token: string;
  /** Epoch seconds, local clock: computed from `expires_in` when the token arrived. */
  readonly expires_at?: number | undefined;
  readonly expired: boolean | undefined;
  readonly profile: { readonly sub: string; readonly name?: string | undefined };
}

/** oidc-client-ts’s `UserManager`, by structure: an app may hold its own copy of the package. */
export interface OidcManager {
  readonly settings: {
    readonly authority: string;
    readonly client_id: string;
    readonly redirect_uri: string;
    readonly automaticSilentRenew: boolean;
  };
  readonly events: {
    addUserLoaded(callback: (user: OidcUser) => void): () => void;
    addUserUnloaded(callback: () => void): () => void;
    addUserSignedOut(callback: () => void): () => void;
  };
  getUser(): Promise<OidcUser | null>;
  removeUser(): Promise<void>;
  signinSilent(): Promise<OidcUser | null>;
  signinRedirect(args?: OidcSignInArgs): Promise<void>;
  signinRedirectCallback(url?: string): Promise<OidcUser>;
  signoutRedirect(): Promise<void>;
  signoutPopup(): Promise<void>;
  signoutSilent(): Promise<void>;
  startSilentRenew(): void;
  stopSilentRenew(): void;
}

/** Passed on to `signinRedirect`. */
export interface OidcSignInArgs {
  /** Carried through the sign-in and found in `user.state` afterwards. */
  state?: unknown;
  prompt?: string;
  login_hint?: string;
  extraQueryParams?: Record<string, string | number | boolean>;
}

export interface OidcOptions {
  /** How `logout()` ends the session at the provider. `local`: not at all, only the stored user is removed. @default 'redirect' */
  signOut?: 'redirect' | 'popup' | 'silent' | 'local';
  /** For settings: where the user is kept. `local` shares it among tabs. @default 'session' */
  store?: 'session' | 'local';
}

export interface OidcSource<M extends OidcManager = OidcManager> extends TokenSource {
  readonly manager: M;
  /** Leaves the page for the provider’s sign-in. @throws HubError `token-unavailable` where the provider cannot be reached */
  signIn(args?: OidcSignInArgs): Promise<void>;
  /**
   * On the page that the provider returns to: completes the sign-in and cleans the URL; resolves with the user. On any
   * other page it does nothing and resolves with null.
   * @throws HubError `session-ended` where the provider refused, or the answer belongs to no sign-in of this tab
   */
  completeSignIn(): Promise<OidcUser | null>;
}

/** Only a new sign-in helps (OpenID Connect Core §3.1.2.6, RFC 6749 §5.2). */
const terminal = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
  'invalid_grant',
]);

/**
 * Tokens from an OpenID provider through oidc-client-ts. Renewal is ours while any client of this source is started:
 * one request for all of them, ahead of expiry, and an already expired stored user is renewed, too.
 *
 * @param managerOrSettings the app’s own `UserManager`, or the settings to make one
 */
export function oidc(settings: UserManagerSettings, options?: OidcOptions): OidcSource<UserManager>;
export function oidc<M extends OidcManager>(manager: M, options?: OidcOptions): OidcSource<M>;
export function oidc(managerOrSettings: OidcManager | UserManagerSettings, options: OidcOptions = {}): OidcSource {
  const { signOut: how = 'redirect' } = options;
  if (!/^(redirect|popup|silent|local)$/.test(how)) {
    throw new HubError('configuration', '`signOut` must be redirect, popup, silent or local.');
  }
  const manager = 'getUser' in managerOrSettings ? managerOrSettings : createManager(managerOrSettings, options);
  const { authority, client_id, redirect_uri } = manager.settings;
  /** Our own requests make the manager tell of users; that is no news. */
  let busy = 0;
  let signOuts = 0;
  let userId: string | null = null;
  let completing: Promise<OidcUser | null> | null = null;

  async function getToken({ force, rejected }: TokenRequest): Promise<TokenCredentials | null> {
    const user = await manager.getUser();
    userId = user?.profile.sub ?? null;
    if (!user) return null;
    // Whoever shares the store may have renewed it already.
    const usable = !user.expired && (!force || (rejected !== undefined && user.access_token !== rejected));
    return credentialsOf(usable ? user : await renew());
  }

  async function renew(): Promise<OidcUser> {
    const started = signOuts;
    busy += 1;
    try {
      const user = await manager.signinSilent();
      if (started !== signOuts) {
        // oidc-client-ts has stored it again, after the sign-out removed it.
        await manager.removeUser();
        throw new HubError('closed', 'The user signed out while the token was being renewed.');
      }
      if (user) return user;
      throw new SessionEndedError('The provider has no session for this user any more.');
    } catch (thrown) {
      if (thrown instanceof HubError) throw thrown;
      const code = (thrown as { error?: unknown }).error;
      if (typeof code !== 'string' || !terminal.has(code)) throw tokenError(thrown);
      // oidc-client-ts keeps the user stored, and would ask again with every page load.
      await manager.removeUser();
      throw new SessionEndedError(`The provider says ${code}: the session has ended.`);
    } finally {
      busy -= 1;
    }
  }

  /** Never the error itself as a cause: oidc-client-ts’s carries the form that was sent, with the refresh token. */
  function tokenError(thrown: unknown): HubError {
    return new HubError('token-unavailable', `No token could be had from ${authority}: ${asError(thrown).message}`, {
      remediation: `Check that the OpenID provider at ${authority} runs, and that it allows this page’s origin (CORS).`,
    });
  }

  function subscribe(listener: (change: TokenChange) => void): () => void {
    const { events, settings } = manager;
    manager.stopSilentRenew();
    const undo = [
      events.addUserLoaded((user) => {
        const same = userId === user.profile.sub;
        userId = user.profile.sub;
        if (busy === 0) listener(same ? 'renewed' : 'signed-in');
      }),
      events.addUserUnloaded(() => {
        userId = null;
        if (busy === 0) listener('signed-out');
      }),
      events.addUserSignedOut(() => listener('signed-out')),
    ];
    return () => {
      for (const off of undo) off();
      if (settings.automaticSilentRenew) manager.startSilentRenew();
    };
  }

  async function signOut(): Promise<void> {
    signOuts += 1;
    switch (how) {
      // Each of these reads the stored id_token itself, and then removes the user.
      case 'redirect':
        return manager.signoutRedirect();
      case 'popup':
        return manager.signoutPopup();
      case 'silent':
        return manager.signoutSilent();
      case 'local':
        return manager.removeUser();
    }
  }

  async function signIn(args?: OidcSignInArgs): Promise<void> {
    try {
      await manager.signinRedirect(args);
    } catch (thrown) {
      throw tokenError(thrown);
    }
  }

  async function completeOnce(): Promise<OidcUser | null> {
    const url = new URL(location.href);
    const target = new URL(redirect_uri, url);
    const query = url.searchParams;
    const isAnswer = query.has('state') && (query.has('code') || query.has('error'));
    if (!isAnswer || url.origin !== target.origin || url.pathname !== target.pathname) return null;
    try {
      return await manager.signinRedirectCallback(url.href);
    } catch (thrown) {
      throw new HubError('session-ended', `The sign-in did not succeed: ${asError(thrown).message}`, {
        remediation: 'Start the sign-in again.',
      });
    } finally {
      for (const name of ['code', 'state', 'iss', 'session_state', 'scope', 'error', 'error_description', 'error_uri'])
        query.delete(name);
      history.replaceState(history.state, '', url);
    }
  }

  /** Asked twice at once (StrictMode), it is done once: an authorization code works only once. */
  function completeSignIn(): Promise<OidcUser | null> {
    completing ??= completeOnce().finally(() => (completing = null));
    return completing;
  }

  return { key: `oidc:${authority}:${client_id}`, manager, getToken, subscribe, signOut, signIn, completeSignIn };
}

function createManager(settings: UserManagerSettings, { store }: OidcOptions): UserManager {
  for (const name of ['authority', 'client_id', 'redirect_uri'] as const) {
    if (typeof settings[name] !== 'string' || settings[name] === '') {
      throw new HubError('configuration', `oidc() needs \`${name}\`.`);
    }
  }
  return new UserManager(
    store === 'local' ? { ...settings, userStore: new WebStorageStateStore({ store: localStorage }) } : settings,
  );
}

function credentialsOf({ access_token, expires_at, profile }: OidcUser): TokenCredentials {
  return {
    token: access_token,
    userId: profile.sub,
    ...(expires_at === undefined ? {} : { expiresAt: expires_at * 1000 }),
  };
}
