/// <reference types="node" />
import { DefaultHttpClient, HttpTransportType, HubConnectionBuilder, LogLevel, NullLogger } from '@microsoft/signalr';
import type { HttpRequest, HttpResponse, HubConnection } from '@microsoft/signalr';
import { onTestFinished } from 'vitest';

export type Transport = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';

export const transports = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const;

export interface Client {
  readonly connection: HubConnection;
  /** What negotiate answered last. */
  negotiated(): { connectionId: string; connectionToken: string; tokenLifetimeSeconds?: number };
  /** The token of each request from now on, and of the next socket. */
  use(token: string): void;
}

/** SignalR's own client, not yet started. It sends its token with each request, where SignalR repeats the first one. */
export function createClient(url: string, transport: Transport, token: string): Client {
  let current = token;
  let negotiated: ReturnType<Client['negotiated']> | undefined;

  class FreshTokens extends DefaultHttpClient {
    override async send(request: HttpRequest): Promise<HttpResponse> {
      const headers = { ...request.headers, Authorization: `Bearer ${current}` };
      const response = await super.send({ ...request, headers });
      if (request.url?.includes('/negotiate') === true)
        negotiated = JSON.parse(response.content as string) as typeof negotiated;
      return response;
    }
  }

  const connection = new HubConnectionBuilder()
    .withUrl(url, {
      transport: HttpTransportType[transport],
      httpClient: new FreshTokens(NullLogger.instance),
      accessTokenFactory: () => current,
    })
    .withAutomaticReconnect([0])
    .configureLogging(LogLevel.None)
    .build();
  onTestFinished(() => connection.stop());
  return {
    connection,
    negotiated() {
      if (negotiated === undefined) throw new Error('It has not negotiated yet.');
      return negotiated;
    },
    use: (next) => void (current = next),
  };
}

export interface Answer {
  status: number;
  body: unknown;
}

/** `POST {hub}/refresh?id={connectionToken}`, as the client of .NET 11 sends it. */
export async function refresh(hub: string, id: string | null, token: string | null, method = 'POST'): Promise<Answer> {
  const response = await fetch(`${hub}/refresh${id === null ? '' : `?id=${encodeURIComponent(id)}`}`, {
    method,
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}
