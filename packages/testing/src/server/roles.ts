import type { HubUser } from '../api/call.ts';

/** Roles that were taken away on the server, whatever tokens say. */
export interface RevokedRoles {
  /** Returns what lifts it. */
  revoke(userId: string, role: string): () => void;
  /** The user as the hub sees them now. */
  apply(user: HubUser | null): HubUser | null;
}

export function createRevokedRoles(): RevokedRoles {
  const rules = new Set<{ userId: string; role: string }>();
  return {
    revoke(userId, role) {
      const rule = { userId, role };
      rules.add(rule);
      return () => rules.delete(rule);
    },
    apply(user) {
      const lost = [...rules].filter(({ userId }) => userId === user?.userId).map(({ role }) => role);
      if (!user?.roles?.some((role) => lost.includes(role))) return user;
      return { ...user, roles: user.roles.filter((role) => !lost.includes(role)) };
    },
  };
}
