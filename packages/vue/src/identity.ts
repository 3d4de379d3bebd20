export { identityApi, passwordGrant } from '@org/hub-core/identity';
export type {
  IdentityApiOptions,
  IdentityApiSource,
  IdentitySignIn,
  PasswordGrantOptions,
  PasswordGrantSource,
  PasswordSignIn,
  TokenStore,
} from '@org/hub-core/identity';
