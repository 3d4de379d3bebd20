import { createConnectionId as createSecret } from '../platform/ids.ts';
import { encodePart } from '../tokens/jwt.ts';

/** One sign-in of a user at a client, and all tokens that come of it. */
export interface SignIn {
  readonly sub: string;
  readonly clientId: string;
  readonly scope: string;
  readonly nonce?: string;
  revoked: boolean;
}

/** What was asked for with a code. */
export interface CodeTerms {
  readonly redirectUri: string;
  readonly challenge: string | null;
  /** S256 or plain */
  readonly method: string;
}

/** Refused with an OAuth error. */
export class GrantError extends Error {
  constructor(
    readonly code: string,
    description: string,
  ) {
    super(description);
  }
}

/** Codes and refresh tokens, and what they are good for. */
export interface Grants {
  signIn(fields: Omit<SignIn, 'revoked'>): SignIn;
  createCode(signIn: SignIn, terms: CodeTerms): string;
  redeemCode(code: string, clientId: string, redirectUri: string, verifier: string | null): Promise<SignIn>;
  createRefreshToken(signIn: SignIn): string;
  /** The sign-in, and the token to go on with. */
  refresh(token: string): { signIn: SignIn; next: string };
  revoke(sub: string): void;
  /** Ends the sign-in that this refresh token came of, if any. */
  revokeToken(token: string): void;
  /** How often something spent came again. */
  readonly reuses: number;
}

export function createGrants(rotate: boolean): Grants {
  const signIns = new Set<SignIn>();
  const codes = new Map<string, { signIn: SignIn; terms: CodeTerms; used: boolean }>();
  const refreshTokens = new Map<string, { signIn: SignIn; used: boolean }>();
  let reuses = 0;

  /** What is good for one use and comes again was stolen by somebody: nobody knows who is who, so both lose. */
  function spend(grant: { signIn: SignIn; used: boolean } | undefined, what: string, once: boolean): SignIn {
    if (!grant) throw new GrantError('invalid_grant', `Unknown ${what}`);
    if (grant.used && once) {
      reuses += 1;
      grant.signIn.revoked = true;
    }
    if (grant.signIn.revoked) throw new GrantError('invalid_grant', `The ${what} was used before, or revoked`);
    grant.used = true;
    return grant.signIn;
  }

  const createRefreshToken = (signIn: SignIn): string => {
    const token = createSecret();
    refreshTokens.set(token, { signIn, used: false });
    return token;
  };

  return {
    signIn(fields) {
      const signIn = { ...fields, revoked: false };
      signIns.add(signIn);
      return signIn;
    },
    createCode(signIn, terms) {
      const code = createSecret();
      codes.set(code, { signIn, terms, used: false });
      return code;
    },
    async redeemCode(code, clientId, redirectUri, verifier) {
      const signIn = spend(codes.get(code), 'code', true);
      const { challenge, method, redirectUri: promised } = codes.get(code)!.terms;
      const isTheirs = clientId === signIn.clientId && redirectUri === promised;
      const answered = method === 'S256' ? await sha256(verifier ?? '') : verifier;
      if (isTheirs && (challenge === null || challenge === answered)) return signIn;
      throw new GrantError('invalid_grant', isTheirs ? 'PKCE verification failed' : 'The code was issued otherwise');
    },
    createRefreshToken,
    refresh(token) {
      const signIn = spend(refreshTokens.get(token), 'refresh token', rotate);
      return { signIn, next: rotate ? createRefreshToken(signIn) : token };
    },
    get reuses() {
      return reuses;
    },
    revokeToken(token) {
      const grant = refreshTokens.get(token);
      if (grant) grant.signIn.revoked = true;
    },
    revoke(sub) {
      for (const signIn of signIns) if (signIn.sub === sub) signIn.revoked = true;
    },
  };
}

async function sha256(text: string): Promise<string> {
  return encodePart(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
