import { JsonHubProtocol } from '@microsoft/signalr';
import type { AnyHubContract } from '../api/contract.ts';
import type { HubTransport, TestHubOptions } from '../api/options.ts';
import { serverProtocol } from '../wire/server-protocol.ts';
import type { ServerProtocol } from '../wire/server-protocol.ts';

/** The one place for defaults. */
export interface Settings {
  anonymous: boolean;
  closeOnAuthenticationExpiration: boolean;
  enableAuthenticationRefresh: boolean;
  enableDetailedErrors: boolean;
  keepAliveInterval: number;
  clientTimeoutInterval: number;
  handshakeTimeout: number;
  heartbeatInterval: number;
  maximumParallelInvocationsPerClient: number;
  maximumReceiveMessageSize: number;
  protocols: readonly ServerProtocol[];
  transports: readonly HubTransport[];
  pollTimeout: number;
  disconnectTimeout: number;
}

export function settingsOf(options: TestHubOptions<AnyHubContract>): Settings {
  return {
    anonymous: options.anonymous ?? options.authenticate === undefined,
    closeOnAuthenticationExpiration: options.closeOnAuthenticationExpiration ?? false,
    enableAuthenticationRefresh: options.enableAuthenticationRefresh ?? false,
    enableDetailedErrors: options.enableDetailedErrors ?? false,
    keepAliveInterval: options.keepAliveInterval ?? 15_000,
    clientTimeoutInterval: options.clientTimeoutInterval ?? 30_000,
    handshakeTimeout: options.handshakeTimeout ?? 15_000,
    heartbeatInterval: options.heartbeatInterval ?? 1_000,
    maximumParallelInvocationsPerClient: options.maximumParallelInvocationsPerClient ?? 1,
    maximumReceiveMessageSize:
      options.maximumReceiveMessageSize === null ? Infinity : (options.maximumReceiveMessageSize ?? 32_768),
    protocols: (options.protocols ?? [new JsonHubProtocol()]).map(serverProtocol),
    transports: options.transports ?? ['WebSockets', 'ServerSentEvents', 'LongPolling'],
    pollTimeout: options.pollTimeout ?? 90_000,
    disconnectTimeout: options.disconnectTimeout ?? 15_000,
  };
}
