import type { HubCall } from '../api/call.ts';
import type { AnyHubContract } from '../api/contract.ts';
import type { Clock } from '../platform/clock.ts';
import type { Faults } from '../server/faults.ts';
import type { RevokedRoles } from '../server/roles.ts';
import type { ServerProtocol } from '../wire/server-protocol.ts';
import type { Connection } from './connection.ts';
import type { Dispatcher } from './dispatch.ts';

/** What a connection needs of its hub. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly protocols: readonly ServerProtocol[];
  readonly roles: RevokedRoles;
  readonly settings: {
    readonly enableDetailedErrors: boolean;
    readonly closeOnAuthenticationExpiration: boolean;
    readonly keepAliveInterval: number;
    readonly clientTimeoutInterval: number;
    readonly handshakeTimeout: number;
    readonly maximumReceiveMessageSize: number;
  };
  createCall(connection: Connection): HubCall<AnyHubContract>;
  createDispatcher(connection: Connection): Dispatcher;
  onConnected(call: HubCall<AnyHubContract>): Promise<void>;
  connected(connection: Connection): void;
  /** False: it failed. */
  onDisconnected(call: HubCall<AnyHubContract>, error: Error | undefined): Promise<boolean>;
  disconnected(connection: Connection, error: Error | undefined): void;
  /** Last of all, also where there was no handshake: the socket is closed. */
  gone(connection: Connection): void;
}
