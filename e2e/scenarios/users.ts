import { tokenFrom } from '@org/hub-core';
import type { TokenChange, TokenSource } from '@org/hub-core';
import type { Lab } from '../lab/index.ts';

export interface SignIn {
  readonly source: TokenSource;
  /** Somebody signs in, or, with null, nobody is signed in any more. */
  as(user: string | null): void;
  /** Whose token was given out last; null: nobody's. */
  served(): string | null;
}

/** An app with a sign-in of its own, whose tokens are the lab's. */
export function appSignIn(lab: Lab, first: string | null = null): SignIn {
  const listeners = new Set<(change: TokenChange) => void>();
  let user = first;
  let served: string | null = null;
  const source = tokenFrom(
    async () => {
      const asked = user;
      const token = asked === null ? null : await lab.issue({ sub: asked, expiresIn: 300 });
      served = asked;
      return token;
    },
    {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  );
  return {
    source,
    as(who) {
      user = who;
      for (const listener of [...listeners]) listener(who === null ? 'signed-out' : 'signed-in');
    },
    served: () => served,
  };
}
