import { UserManager, type UserManagerSettings, WebStorageStateStore } from 'oidc-client-ts';
import { sharedStorage } from '../platform/channel.js';
import { asError, HubError } from '../vocabulary/errors.js';
import { createStoredUser, tokenError } from './oidc-user.js';
import type { TokenCredentials, TokenRequest, TokenSource } from './token-source.js';

/** oidc-client-ts’s `User`, as far as it is needed here. */
export interface OidcUser {
  readonly access_token: string;
  /** Epoch seconds, local clock: computed from `expires_in` when the token arrived; of a late one, from when it was asked for. */
  expires_at?: number | undefined;
  readonly expired: boolean | undefined;
  readonly session_state?: string | null | undefined;
  readonly profile: {
    readonly sub: string;
    readonly name?: string | undefined;
    readonly sid?: string | undefined;
  };
}

/** oidc-client-ts’s `UserManager`, by structure: an app may hold its own copy of the package. */
export interface OidcManager {
  readonly settings: {
    readonly authority: string;
    readonly client_id: string;
    readonly redirect_uri: string;
    readonly automaticSilentRenew: boolean;
    readonly userStore?: object;
  };
  readonly events: {
    addUserLoaded(callback: (user: OidcUser) => void): () => void;
    addUserUnloaded(callback: () => void): () => void;
    addUserSignedOut(callback: () => void): () => void;
  };
  /** Keeps what the provider says of itself. */
  readonly metadataService?: { getMetadata(): Promise<unknown> };
  getUser(): Promise<OidcUser | null>;
  removeUser(): Promise<void>;
  storeUser?(user: OidcUser | null): Promise<void>;
  signinSilent(): Promise<OidcUser | null>;
  signinRedirect(args?: OidcSignInArgs): Promise<void>;
  signinRedirectCallback(url?: string): Promise<OidcUser>;
  /** For whichever way the sign-in went: a frame or a popup tells the page that opened it. */
  signinCallback?(url?: string): Promise<OidcUser | undefined>;
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
  /**
   * For settings: where the user is kept. `local` shares it among tabs. For a manager it is found out; `local` says so where
   * its store is the app’s own and shared among tabs.
   * @default 'session'
   */
  store?: 'session' | 'local';
}

export interface OidcSource<M extends OidcManager = OidcManager> extends TokenSource {
  readonly manager: M;
  /** Leaves the page for the provider’s sign-in. @throws HubError `token-unavailable` where the provider cannot be reached */
  signIn(args?: OidcSignInArgs): Promise<void>;
  /**
   * On the page that the provider returns to: completes the sign-in and cleans the URL; resolves with the user. On any
   * other page it does nothing and resolves with null; so it does in the frame of a silent renewal and in a popup, where
   * the page that opened it gets the user.
   * @throws HubError `session-ended` where the provider refused, or the answer belongs to no sign-in of this tab
   */
  completeSignIn(): Promise<OidcUser | null>;
}

/**
 * Tokens from an OpenID provider through oidc-client-ts. Renewal is ours while any client of this source is started:
 * one request for all of them, ahead of expiry, and an already expired stored user is renewed, too. Where tabs share the
 * stored user (localStorage), one request serves all tabs. A provider that is slow is waited for until
 * the browser gives up: a refresh that is cut off may have spent the refresh token.
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
  const key = isShared(manager, options) ? `oidc:${authority}:${client_id}` : null;
  const stored = createStoredUser(manager, key);
  let completing: Promise<OidcUser | null> | null = null;

  async function getToken({ force, rejected }: TokenRequest): Promise<TokenCredentials | null> {
    const usable = ({ expired, access_token }: OidcUser): boolean =>
      !expired && (!force || (rejected !== undefined && access_token !== rejected));
    const user = await stored.read();
    // One that will do is not kept waiting by somebody else’s renewal.
    const credited = !user || usable(user) ? user : await stored.renewed(usable);
    return credited && credentialsOf(credited);
  }

  // Each of these reads the stored id_token itself, and then removes the user.
  const signOuts = {
    redirect: () => manager.signoutRedirect(),
    popup: () => manager.signoutPopup(),
    silent: () => manager.signoutSilent(),
    local: () => manager.removeUser(),
  };

  async function signIn(args?: OidcSignInArgs): Promise<void> {
    try {
      await manager.signinRedirect(args);
    } catch (thrown) {
      throw tokenError(manager, thrown);
    }
  }

  async function completeOnce(): Promise<OidcUser | null> {
    const url = new URL(location.href);
    const target = new URL(redirect_uri, url);
    const query = url.searchParams;
    const isAnswer = query.has('state') && (query.has('code') || query.has('error'));
    if (!isAnswer || url.origin !== target.origin || url.pathname !== target.pathname) return null;
    try {
      return manager.signinCallback
        ? ((await manager.signinCallback(url.href)) ?? null)
        : await manager.signinRedirectCallback(url.href);
    } catch (thrown) {
      throw new HubError('session-ended', `The sign-in failed: ${asError(thrown).message}`);
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

  return {
    ...(key && { key }),
    manager,
    getToken,
    subscribe: stored.subscribe,
    signOut: () => stored.signOut(signOuts[how]),
    signIn,
    completeSignIn,
  };
}

/** Tabs share the user only through localStorage: the default store belongs to one tab. A store is known by what it holds. */
function isShared({ settings: { userStore } }: OidcManager, { store }: OidcOptions): boolean {
  const storage = sharedStorage();
  return !!storage && (store === 'local' || Object.values(userStore ?? {}).includes(storage));
}

function createManager(settings: UserManagerSettings, { store }: OidcOptions): UserManager {
  for (const name of ['authority', 'client_id', 'redirect_uri'] as const) {
    if (typeof settings[name] !== 'string' || settings[name] === '') {
      throw new HubError('configuration', `oidc() needs \`${name}\`.`);
    }
  }
  // On a server there is none: nobody is signed in there.
  const storage = store === 'local' && sharedStorage();
  return new UserManager(storage ? { ...settings, userStore: new WebStorageStateStore({ store: storage }) } : settings);
}

function credentialsOf({ access_token, expires_at, profile: { sub } }: OidcUser): TokenCredentials {
  return {
    token: access_token,
    // What is stored may be of any type.
    ...(typeof sub === 'string' && { userId: sub }),
    ...(expires_at! > 0 && { expiresAt: expires_at! * 1000 }),
  };
}
