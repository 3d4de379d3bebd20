import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

interface Entry {
  payload: AdapterPayload;
  /** Epoch milliseconds. */
  expiresAt: number;
}

export interface ProviderStore {
  readonly adapter: AdapterFactory;
  /** Ends every session and revokes every grant of a user, as an administrator would. */
  revokeAllFor(userId: string): void;
}

/**
 * What oidc-provider remembers, in memory. Its own in-memory adapter is shared by all providers of a process,
 * and tests start many; this one belongs to one provider.
 */
export function createProviderStore(): ProviderStore {
  const models = new Map<string, Map<string, Entry>>();

  const adapter = (model: string): Adapter => {
    const entries = new Map<string, Entry>();
    models.set(model, entries);

    const alive = (entry: Entry | undefined): AdapterPayload | undefined =>
      entry && entry.expiresAt > Date.now() ? entry.payload : undefined;
    const findBy = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
      alive([...entries.values()].find(({ payload }) => matches(payload)));

    return {
      upsert: async (id, payload, expiresIn) => {
        for (const [key, { expiresAt }] of entries) if (expiresAt <= Date.now()) entries.delete(key);
        entries.set(id, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
      },
      find: async (id) => alive(entries.get(id)),
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => findBy((payload) => payload.userCode === userCode),
      // Kept, not removed: a consumed refresh token that comes back is how reuse is detected.
      consume: async (id) => {
        const entry = entries.get(id);
        if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void entries.delete(id),
      revokeByGrantId: async (grantId) => {
        for (const [id, { payload }] of entries) if (payload.grantId === grantId) entries.delete(id);
      },
    };
  };

  return {
    adapter,
    revokeAllFor(userId) {
      for (const entries of models.values()) {
        for (const [id, { payload }] of entries) if (payload.accountId === userId) entries.delete(id);
      }
    },
  };
}
