export { createHubClient } from './hub-client.js';
export type { HubClient } from './hub-client.js';
export type { GroupHandle } from './groups/group-ledger.js';
export { HubError, SessionEndedError } from './vocabulary/errors.js';
export { initialSnapshot } from './vocabulary/snapshot.js';
export type { HubErrorCode, HubErrorDetails } from './vocabulary/errors.js';
export type { AuthStatus, GroupState, HubSnapshot, HubStatus } from './vocabulary/snapshot.js';
export type {
  HubEvent,
  HubEventListeners,
  HubEventOf,
  HubEvents,
  HubEventSource,
  HubEventType,
} from './vocabulary/events.js';
export type { HubLogger, LogLevel, LogSeverity } from './vocabulary/log.js';
export type {
  ClientHandler,
  ClientMethod,
  HubContract,
  HubStream,
  Invoke,
  OpenStream,
  ResultHandler,
  Send,
  ServerArguments,
  ServerMethod,
  ServerResult,
  StreamArguments,
  StreamItem,
  StreamMethod,
  Subscribable,
  UntypedContract,
} from './vocabulary/contract.js';
export type {
  CallOptions,
  EventSourceConstructor,
  GroupCall,
  GroupOptions,
  GroupsCall,
  HubOptions,
  HubProtocol,
  LinkContext,
  LogoutOptions,
  LogoutReport,
  OutboxOptions,
  ReconnectOptions,
  RenewInPlace,
  RotationMethod,
  SignalROptions,
  StartOptions,
  TransportName,
  WebSocketConstructor,
} from './vocabulary/options.js';
export type {
  CookieCredentials,
  Credentials,
  TokenChange,
  TokenCredentials,
  TokenRequest,
  TokenSource,
} from './sources/token-source.js';
export { cookieSession } from './sources/cookie-session.js';
export { tokenFrom } from './sources/token-from.js';
export type { CookieSessionOptions } from './sources/cookie-session.js';
export type { TokenFromOptions } from './sources/token-from.js';
