import { createRemoteJWKSet, jwtVerify } from 'jose';
import { FunctionError } from './function-host.ts';

export interface AppUser {
  readonly userId: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** Whose request it is, by the access token of the app’s OpenID provider. Throws a FunctionError. */
export type ReadUser = (authorization: string | undefined) => Promise<AppUser>;

export function createUserReader(issuer: string, jwksUri: string, audience: string): ReadUser {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  return async (authorization = '') => {
    try {
      const token = authorization.replace(/^Bearer /, '');
      const { payload } = await jwtVerify(token, keys, { issuer, audience, clockTolerance: 0 });
      const { sub = '', name, role } = payload;
      return { userId: sub, name: String(name), roles: Array.isArray(role) ? role.map(String) : [] };
    } catch {
      throw new FunctionError(401, 'Log in first.');
    }
  };
}
