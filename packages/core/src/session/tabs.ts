import { openChannel } from '../platform/channel.js';
import type { Credentials, TokenChange, TokenSource } from '../sources/token-source.js';
import type { LogoutOptions } from '../vocabulary/options.js';

type Known = Credentials | null | undefined;

/** The other tabs with clients of the same source, by its `key`. Loaded only for a source that has one. */
export interface Tabs {
  /** The user of these credentials is being logged out here: first of all they are told. */
  tell(credentials: Known): void;
  leave(): void;
}

/** What another tab may do to this one’s session. */
export interface TabSession {
  /** Whose clients these are, as far as it is known. */
  current(): Known;
  logout(options: LogoutOptions): Promise<unknown>;
  heard(change: TokenChange): Promise<void>;
}

export function joinTabs(source: TokenSource, session: TabSession): Tabs {
  let told = false;
  const channel = openChannel(`hub-core:${source.key}`, (message) => {
    // Another version of this package may have other things to say.
    const { type, userId } = (message ?? {}) as { type?: unknown; userId?: unknown };
    const user = session.current()?.userId;
    if (type === 'logout' && (userId === user || !userId || !user)) void follow();
  });

  /** Closes here as there; the other tab signs out, and has told everybody. */
  async function follow(): Promise<void> {
    if (told) return;
    told = true;
    let missed: TokenChange | null = null;
    // A session that logs out does not listen: to itself, it thinks. But this is the other tab’s sign-out, or what follows.
    const off = source.subscribe?.((change) => (missed = change));
    await session.logout({ signOut: false });
    off?.();
    told = false;
    if (missed) await session.heard(missed);
  }

  return {
    tell(credentials) {
      if (!told) channel?.post({ type: 'logout', userId: credentials?.userId });
    },
    leave: () => channel?.close(),
  };
}
