import type { HubClient } from '../hub-client.js';
import type { HubSnapshot } from '../vocabulary/snapshot.js';

/** Somebody is signed in, and the source does not say who. */
export const unnamed = '';

/** Whose data it is; null: anybody’s. */
export function ownerOf({ auth, userId }: HubSnapshot): string | null {
  return auth === 'authenticated' ? (userId ?? unnamed) : null;
}

/** It is being stopped, or is: not a connection that is lost and will be back. */
export const isAway = ({ status }: HubSnapshot): boolean => status.startsWith('disconnect');

/**
 * Says, each time it is asked, whether what one user has seen would be seen by another one now.
 *
 * @param visitors whether a visitor is a user, too: one who signs in may be shown more
 */
export function watchOwner(client: Pick<HubClient, 'getSnapshot'>, visitors = false): () => boolean {
  let owner = current();

  /** Who it is may not be known: then whoever comes after a stop counts as another. Meanwhile there is nobody. */
  function current(): string | null {
    const snapshot = client.getSnapshot();
    const now = ownerOf(snapshot);
    return now === unnamed && isAway(snapshot) ? null : now;
  }

  return () => {
    const before = owner;
    owner = current();
    return (visitors || before !== null) && before !== owner;
  };
}
