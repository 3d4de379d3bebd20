export { oidc } from '@org/hub-core/oidc';
export type { OidcManager, OidcOptions, OidcSignInArgs, OidcSource, OidcUser } from '@org/hub-core/oidc';
