export { oidc } from './sources/oidc.js';
export type { OidcManager, OidcOptions, OidcSignInArgs, OidcSource, OidcUser } from './sources/oidc.js';
