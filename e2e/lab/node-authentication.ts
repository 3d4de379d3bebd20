import { HubRejection } from '@org/hub-testing';
import type { HubUser, TestHubOptions } from '@org/hub-testing';
import { errors, jwtVerify } from 'jose';
import type { LabHub, LabOptions } from './lab.ts';
import type { NodeLabState } from './node-lab.ts';

/** JwtBearer and the policy of aspnetcore/Program.cs, status for status. */
export function createNodeAuthentication(
  key: Uint8Array,
  options: LabOptions,
  state: NodeLabState,
): NonNullable<TestHubOptions<LabHub>['authenticate']> {
  const clock = (options.clock ?? 0) * 1000;

  async function verify(token: string): Promise<HubUser> {
    try {
      const { payload } = await jwtVerify<{ sub: string; jti: string; exp: number; roles: string[] }>(token, key, {
        algorithms: ['HS256'],
        currentDate: new Date(Date.now() + clock),
        clockTolerance: options.clockSkew ?? 0,
      });
      if (state.revokedTokens.has(payload.jti)) throw unauthorized('The token was revoked');
      const taken = state.revokedRoles.get(payload.sub);
      const roles = payload.roles.filter((role) => taken?.has(role) !== true);
      return { userId: payload.sub, roles, expiresAt: payload.exp * 1000 - clock };
    } catch (error) {
      if (error instanceof HubRejection) throw error;
      throw unauthorized(
        error instanceof errors.JWTExpired ? 'The token is expired' : 'The signature key was not found',
      );
    }
  }

  return async ({ token }) => {
    if (token === null) return null;
    const user = await verify(token).catch((error: unknown) => {
      // To ASP.NET Core a bad token is nobody; only an end point that wants somebody makes a 401 of it.
      if (options.allowAnonymous) return null;
      throw error;
    });
    if (user === null) return null;
    if (state.forbiddenUsers.has(user.userId)) throw new HubRejection(403);
    if (options.requiredRole !== undefined && !user.roles?.includes(options.requiredRole)) throw new HubRejection(403);
    return user;
  };
}

function unauthorized(description: string): HubRejection {
  return new HubRejection(401, { challenge: `Bearer error="invalid_token", error_description="${description}"` });
}
