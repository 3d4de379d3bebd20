import type { HubMessage } from '@microsoft/signalr';
import { HubException } from '../api/errors.ts';
import { errorText } from '../wire/exceptions.ts';
import { closeMessage } from '../wire/server-protocol.ts';

/** Why a connection ends. The first reason counts. */
export type Ending =
  /** The client sent the hub protocol's Close. */
  | { by: 'client'; error?: string }
  /** The socket is gone: nothing can be said any more. */
  | { by: 'socket' }
  /** `call.abort()` */
  | { by: 'abort' }
  /** The token expired, or `hub.close()`. */
  | { by: 'hub'; allowReconnect: boolean; error?: string }
  /** Bad data, a silent client, a message that could not be written. */
  | { by: 'fault'; error: unknown };

const closedWithError = 'Connection closed with an error.';

/** The last word of the hub protocol; null where nobody hears it. */
export function farewell(ending: Ending, detailed: boolean): HubMessage | null {
  switch (ending.by) {
    case 'client':
    case 'abort':
      return closeMessage({});
    case 'hub':
      return closeMessage({
        ...(ending.error === undefined ? {} : { error: ending.error }),
        ...(ending.allowReconnect ? { allowReconnect: true } : {}),
      });
    case 'fault':
      // Clients may come back: that is ASP.NET Core's default, and only OnConnectedAsync and Abort() take it away.
      return closeMessage({ error: errorText(closedWithError, ending.error, detailed), allowReconnect: true });
    case 'socket':
      return null;
    default:
      return ending satisfies never;
  }
}

/** `onConnected` threw: the client shall not come back. */
export function refusedOnConnected(error: unknown, detailed: boolean): HubMessage {
  return closeMessage({ error: errorText(closedWithError, error, detailed) });
}

/** What `onDisconnected` is told. A dead socket is no error, as on Kestrel. */
export function disconnectError(ending: Ending): Error | undefined {
  switch (ending.by) {
    case 'client':
      return ending.error === undefined ? undefined : new HubException(ending.error);
    case 'hub':
      return ending.error === undefined ? undefined : new Error(ending.error);
    case 'fault':
      return ending.error instanceof Error ? ending.error : new Error(String(ending.error));
    case 'socket':
    case 'abort':
      return undefined;
    default:
      return ending satisfies never;
  }
}
