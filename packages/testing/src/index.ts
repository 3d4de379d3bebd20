export { createTestHub } from './test-hub.ts';
export { createTestTokens } from './tokens/tokens.ts';
export { createTestOidc } from './oidc/test-oidc.ts';
export { HubException, HubRejection } from './api/errors.ts';

export type { AnyHubContract, HubContract } from './api/contract.ts';
export type {
  CallerClients,
  CallerGroups,
  ClientTarget,
  HubCall,
  HubClients,
  HubUser,
  SingleClientTarget,
} from './api/call.ts';
export type { HubRejectionOptions } from './api/errors.ts';
export type { ConnectedClient, ReceivedInvocation, TestHubEvents } from './api/events.ts';
export type { HubRequest, HubResponse, HubSocket, HubSocketEvents, UpgradeAnswer } from './api/http.ts';
export type {
  AttachableServer,
  AttachOptions,
  ClientFilter,
  Entrance,
  ListenOptions,
  RejectOptions,
  TestHub,
} from './api/hub.ts';
export type { EventSourceClass, InProcess, InProcessOptions, WebSocketClass } from './api/in-process.ts';
export type {
  AuthenticationRefresh,
  AuthenticationRequest,
  HubAuthorization,
  HubMethods,
  HubRedirect,
  HubStreams,
  HubTransport,
  ParameterType,
  RedirectRequest,
  TestHubOptions,
} from './api/options.ts';
export type {
  OidcClientSettings,
  OidcEndpoint,
  OidcFaultOptions,
  OidcRejectOptions,
  OidcTokenRequest,
  OidcUser,
  TestOidc,
  TestOidcOptions,
} from './oidc/api.ts';
export type { WaitOptions } from './platform/emitter.ts';
export type { TestTokens, TestTokensOptions, TokenClaims } from './tokens/tokens.ts';
