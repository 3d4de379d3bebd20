import { createTestOidc } from '@org/hub-testing';
import type { OidcClientSettings } from '@org/hub-testing';
import type { Lab } from './lab.ts';

export interface TokenEndpointOptions {
  /** Who is signed in. @default 'ann' */
  sub?: string;
  /** Seconds that access tokens live. @default 300 */
  expiresIn?: number;
}

/**
 * What oidc-client-ts needs of an OpenID provider after the sign-in, with the lab's own access tokens: discovery, and a token end point with strictly
 * rotating refresh tokens. A refresh token that comes a second time revokes the whole family, as real providers do.
 */
export interface TokenEndpoint {
  readonly authority: string;
  /** For `new UserManager(settings)` or `oidc(settings)`. */
  readonly settings: { authority: string; client_id: string; redirect_uri: string; scope: string };
  /** TR of the scenarios: requests to the token end point, the failed ones too. */
  readonly requests: number;
  /** When each of them came, epoch ms. */
  readonly requestedAt: readonly number[];
  /** When the end-session end point was asked, epoch ms. */
  readonly signedOutAt: readonly number[];
  /** True once a refresh token was used twice. */
  readonly familyRevoked: boolean;

  /** A signed-in user as oidc-client-ts stores it: put `value` under `key` into its store. Each call is a new sign-in. */
  storedUser(options?: {
    sub?: string;
    expired?: boolean;
    expiresIn?: number;
  }): Promise<{ key: string; value: string }>;

  /** Seconds that the next access tokens live. */
  setLifetime(expiresIn: number): void;
  /** An OAuth error with status 400, from now on. */
  fail(error: string, description?: string): void;
  /** The next requests are cut off without an answer. */
  failNetwork(times: number): void;
  /** Answers come this many ms late, from now on. */
  delay(ms: number): void;
  /** This status with an empty body, from now on. */
  status(status: number, headers?: Record<string, string>): void;
  /** Works again. */
  recover(): void;
  close(): Promise<void>;
}

export async function startTokenEndpoint(lab: Lab, options: TokenEndpointOptions = {}): Promise<TokenEndpoint> {
  let lifetime = options.expiresIn ?? 300;
  const oidc = createTestOidc({
    expiresIn: lifetime,
    issue: ({ sub, expiresIn }) => lab.issue({ sub, expiresIn }),
  });
  const { authority } = await oidc.listen();
  const settings: Pick<OidcClientSettings, 'authority' | 'client_id' | 'redirect_uri' | 'scope'> = {
    authority,
    client_id: 'lab',
    redirect_uri: `${authority}/signed-in`,
    scope: 'openid offline_access',
  };
  let liftRefusal = (): void => undefined;
  let liftCut = (): void => undefined;
  const refuse = (...rule: Parameters<typeof oidc.reject>): void => {
    liftRefusal();
    liftRefusal = oidc.reject(...rule);
  };

  return {
    authority,
    settings,
    get requests() {
      return oidc.tokenRequests().length;
    },
    get requestedAt() {
      return oidc.tokenRequests().map(({ at }) => at);
    },
    get signedOutAt() {
      return oidc.signOuts();
    },
    get familyRevoked() {
      return oidc.reuses > 0;
    },
    storedUser: ({ sub = options.sub ?? 'ann', expired = false, expiresIn = expired ? -60 : lifetime } = {}) =>
      oidc.storedUser({ sub, expiresIn, settings }),
    setLifetime(expiresIn) {
      lifetime = expiresIn;
      oidc.setExpiresIn(expiresIn);
    },
    fail: (error, description = '') => refuse(error, { description }),
    failNetwork(times) {
      liftCut();
      liftCut = oidc.drop({ times });
    },
    delay: (ms) => oidc.delay(ms),
    status: (status, headers = {}) => refuse(status, { headers }),
    recover() {
      liftRefusal();
      liftCut();
      oidc.delay(0);
    },
    close: () => oidc.dispose(),
  };
}
