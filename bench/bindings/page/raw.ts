import { type HubConnection, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';

export function connectionTo(url: string): HubConnection {
  return new HubConnectionBuilder().withUrl(url).withAutomaticReconnect().configureLogging(LogLevel.None).build();
}
