export { createTestHub } from './test-hub.ts';
export { createTestTokens } from './tokens.ts';
export { HubException, HubRejection } from './errors.ts';

export type { AnyHubContract, HubContract } from './contract.ts';
export type {
  CallerClients,
  CallerGroups,
  ClientTarget,
  HubCall,
  HubClients,
  HubUser,
  SingleClientTarget,
} from './call.ts';
export type { HubRejectionOptions } from './errors.ts';
export type { ConnectedClient, ReceivedInvocation, TestHubEvents } from './events.ts';
export type { HubRequest, HubResponse, HubSocket, HubSocketEvents, UpgradeAnswer } from './http.ts';
export type { AttachableServer, AttachOptions, ClientFilter, ListenOptions, RejectOptions, TestHub } from './hub.ts';
export type { AuthenticationRequest, HubAuthorization, HubMethods, HubStreams, TestHubOptions } from './options.ts';
export type { TestTokens, TestTokensOptions, TokenClaims } from './tokens.ts';
