export { oidc } from '@org/hub-core/oidc';
