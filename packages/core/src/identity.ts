export { identityApi } from './sources/identity-api.js';
export { passwordGrant } from './sources/password-grant.js';
export type { IdentityApiOptions, IdentityApiSource, IdentitySignIn } from './sources/identity-api.js';
export type { PasswordGrantOptions, PasswordGrantSource, PasswordSignIn } from './sources/password-grant.js';
export type { TokenStore } from './sources/grant-source.js';
