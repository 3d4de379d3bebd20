import { randomBytes, randomUUID } from 'node:crypto';
import { HubRejection, type HubUser } from '@org/hub-testing';
import { jwtVerify, SignJWT } from 'jose';

/** Tokens of the hub’s own. With Azure SignalR the key is the `AccessKey` of the connection string. */
export interface HubTokens {
  /** @param audience the hub’s address for clients */
  issue(user: Pick<HubUser, 'userId' | 'name'>, audience: string): Promise<string>;
  /** What the hub does with it. Throws a HubRejection. */
  verify(token: string | null, audience: string): Promise<HubUser>;
}

/** It is used at once, for negotiate and for the socket; a connection that is open outlives it. */
const lifetime = '1m';

export function createHubTokens(): HubTokens {
  const key = randomBytes(32);
  return {
    issue: ({ userId, name }, audience) =>
      new SignJWT({ name })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(key),
    async verify(token, audience) {
      try {
        const { payload } = await jwtVerify(token ?? '', key, { audience, algorithms: ['HS256'] });
        const { sub = '', name, exp = 0 } = payload;
        return { userId: sub, name: String(name), expiresAt: exp * 1000 };
      } catch {
        throw new HubRejection(401, { challenge: 'Bearer error="invalid_token"' });
      }
    },
  };
}
