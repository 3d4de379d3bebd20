import { onSharedStorage } from '../platform/channel.js';
import { now } from '../platform/clock.js';
import { createListeners } from '../platform/listeners.js';
import { asError, HubError, SessionEndedError } from '../vocabulary/errors.js';
import type { OidcManager, OidcUser } from './oidc.js';
import { inOneTab, loadLocks } from './one-tab.js';
import type { TokenChange } from './token-source.js';

/** The user whom oidc-client-ts keeps: read, renewed, and listened for. */
export interface StoredUser {
  read(): Promise<OidcUser | null>;
  /**
   * The stored user, renewed where it is not usable; null where there is none. One at a time, among all sources of this
   * manager and, where they share it, among tabs.
   */
  renewed(usable: (user: OidcUser) => boolean): Promise<OidcUser | null>;
  subscribe(listener: (change: TokenChange) => void): () => void;
  /** Ends it with `by`; whoever is being renewed meanwhile is not stored again, and if `by` fails, nobody is left either. */
  signOut(by: () => Promise<void>): Promise<void>;
}

/** Only a new sign-in helps (OpenID Connect Core §3.1.2.6, RFC 6749 §5.2). */
const terminal = /^((login|interaction|consent|account_selection)_required|invalid_grant)$/;

/** What all sources of one manager share, also those of another copy of this package. */
interface Shared {
  /** How many of them renew in its place. */
  takers: number;
  /** Settles with the last renewal. */
  last: Promise<unknown>;
}
const shared: unique symbol = Symbol.for('hub-core.oidc') as never;

/** @param key names what tabs share, where they share this user */
export function createStoredUser(manager: OidcManager & { [shared]?: Shared }, key: string | null): StoredUser {
  const { events, settings } = manager;
  const { authority, client_id, automaticSilentRenew } = settings;
  const together = (manager[shared] ??= { takers: 0, last: Promise.resolve() });
  const listeners = createListeners<(change: TokenChange) => void>();
  let known: OidcUser | null = null;
  /** Counts sign-ins and sign-outs. */
  let era = 0;
  /** Whom the manager told of during our own renewal: the one whom it stored for us, which is no news, and others. */
  let renewing: { readonly sub: string; readonly told: OidcUser[] } | null = null;
  let removing = false;
  let holds = 0;
  let detach = (): void => {};

  async function read(): Promise<OidcUser | null> {
    const user = await manager.getUser();
    // Another one is news: it is told when the news comes.
    if (user && (!known || isSameSignIn(known, user))) known = user;
    return user;
  }

  function tell(change: TokenChange): void {
    if (change !== 'renewed') era += 1;
    for (const listener of listeners) listener(change);
  }

  function loaded(user: OidcUser): void {
    if (renewing?.sub === user.profile.sub) return void renewing.told.push(user);
    const before = known;
    known = user;
    if (!before || !isSameSignIn(before, user)) tell('signed-in');
    else if (before.access_token !== user.access_token) tell('renewed');
  }

  function unloaded(): void {
    known = null;
    if (!removing) tell('signed-out');
  }

  /** Another tab has changed it. */
  async function look(): Promise<void> {
    const user = await manager.getUser();
    if (user) loaded(user);
    else unloaded();
  }

  /** From here on renewal is ours, and changes are heard. */
  function hold(): void {
    if (holds++ === 0) attach();
  }

  function release(): void {
    if (--holds === 0) detach();
  }

  function attach(): void {
    if (together.takers++ === 0) manager.stopSilentRenew();
    if (key) void loadLocks();
    const undo = [
      events.addUserLoaded(loaded),
      events.addUserUnloaded(unloaded),
      events.addUserSignedOut(unloaded),
      key &&
        onSharedStorage((changed) => {
          if (changed?.endsWith(`user:${authority}:${client_id}`) !== false) look().catch(() => {});
        }),
    ];
    detach = () => {
      for (const off of undo) if (off) off();
      if (--together.takers === 0 && automaticSilentRenew) manager.startSilentRenew();
    };
  }

  function subscribe(listener: (change: TokenChange) => void): () => void {
    const off = listeners.add(listener);
    hold();
    return () => {
      if (off()) release();
    };
  }

  async function renewed(usable: (user: OidcUser) => boolean): Promise<OidcUser | null> {
    const renewIfNeeded = async (): Promise<OidcUser | null> => {
      // Whoever came before may have renewed it already.
      const user = await read();
      return !user || usable(user) ? user : renew(user);
    };
    const turn = together.last.then(() => inOneTab(key, renewIfNeeded));
    together.last = turn.catch(() => {});
    return turn;
  }

  async function renew(stale: OidcUser): Promise<OidcUser> {
    // Also for a source that nobody listens to any more: a renewal by the manager itself would spend the same refresh
    // token, and a sign-out that is not heard would be undone.
    hold();
    const started = era;
    const own = (renewing = { sub: stale.profile.sub, told: [] as OidcUser[] });
    /** Its time is over: what the others were told is heard now. */
    const end = (user: OidcUser | null): void => {
      renewing = null;
      for (const other of own.told) if (other !== user) loaded(other);
    };
    try {
      // Else the wait for it would be taken for the token's.
      await manager.metadataService?.getMetadata();
      const asked = now();
      const user = await manager.signinSilent();
      end(user);
      if (started !== era) throw await undo();
      if (!user) throw new SessionEndedError();
      known = user;
      // oidc-client-ts counts from when the answer came, and the token may have been under way for longer than it lives.
      const late = (now() - asked) / 1000;
      if (late > 1) {
        user.expires_at &&= user.expires_at - late;
        await manager.storeUser?.(user);
      }
      return user;
    } catch (thrown) {
      if (thrown instanceof HubError) throw thrown;
      end(null);
      const code = (thrown as { error?: unknown }).error;
      if (typeof code !== 'string' || !terminal.test(code)) throw tokenError(manager, thrown);
      // Without locks (a page without HTTPS) another tab may have been faster; or somebody else has signed in.
      const stored = await read();
      if (stored && stored.access_token !== stale.access_token && !stored.expired) return stored;
      // oidc-client-ts keeps the user stored, and would ask again with every page load.
      if (started === era) await remove();
      throw new SessionEndedError(`The provider says ${code}: the session has ended.`);
    } finally {
      release();
    }
  }

  /** oidc-client-ts has stored whom it renewed, over whatever has become of them meanwhile. */
  async function undo(): Promise<HubError> {
    const other = known;
    await (other && manager.storeUser ? manager.storeUser(other) : remove());
    return new HubError('closed', 'Somebody signed in or out meanwhile.');
  }

  async function remove(): Promise<void> {
    removing = true;
    await manager.removeUser().finally(() => (removing = false));
  }

  async function signOut(by: () => Promise<void>): Promise<void> {
    era += 1;
    known = null;
    try {
      await by();
    } catch (thrown) {
      await manager.removeUser();
      throw thrown;
    }
  }

  return { read, renewed, subscribe, signOut };
}

/** Never the error itself as a cause: oidc-client-ts’s carries the form that was sent, with the refresh token. */
export function tokenError({ settings: { authority } }: OidcManager, thrown: unknown): HubError {
  return new HubError('token-unavailable', `No token could be had from ${authority}: ${asError(thrown).message}`, {
    remediation: `Check that ${authority} runs, and that it allows this origin (CORS).`,
  });
}

/**
 * Renewal keeps the user and the session at the provider, where the provider names it. (When they signed in,
 * OpenID Connect Core §12.2, would tell more, but oidc-client-ts drops `auth_time`.)
 */
function isSameSignIn(one: OidcUser, other: OidcUser): boolean {
  const same = (a: unknown, b: unknown): boolean => (a ?? b) === (b ?? a);
  return (
    one.profile.sub === other.profile.sub &&
    same(one.profile.sid, other.profile.sid) &&
    same(one.session_state, other.session_state)
  );
}
