/** What a test asks of a server while it runs. ASP.NET Core reads them as JSON lines (aspnetcore/Commands.cs). */
export type LabCommand =
  | { name: 'revoke'; tokens: readonly string[] }
  | { name: 'forbid' | 'allow'; user: string }
  | { name: 'revokeRole'; user: string; role: string }
  | { name: 'redirect'; target: { url: string; accessToken: string } | null }
  | { name: 'startNumbers'; every: number }
  | { name: 'stopNumbers' }
  | { name: 'refuseGroup' | 'admitGroup'; group: string }
  | { name: 'failGroup'; group: string; times: number }
  | { name: 'failConnections'; times: number }
  | { name: 'joinDelay' | 'disconnectDelay'; delay: number }
  | { name: 'reject'; rejection: Rejection }
  | { name: 'drop' }
  | { name: 'closeAll'; allowReconnect: boolean; error?: string }
  | { name: 'broadcast'; method: string; args: readonly unknown[] }
  | { name: 'toGroup'; group: string; method: string; args: readonly unknown[] }
  | { name: 'ask'; connectionId: string; method: string; args: readonly unknown[] }
  | { name: 'toUser'; user: string; method: string; args: readonly unknown[] };

/** Messages, drops and closes concern who is connected: nobody, while the server is down. */
export function isForTheConnected({ name }: LabCommand): boolean {
  return ['broadcast', 'toGroup', 'toUser', 'ask', 'drop', 'closeAll', 'startNumbers', 'stopNumbers'].includes(name);
}

export interface Rejection {
  status: number;
  on: 'negotiate' | 'connect' | 'refresh';
  times: number;
  headers: Record<string, string>;
}

/** What each of the two servers is to the lab; everything else is built on top, once. */
export interface LabServer {
  readonly url: string;
  /** Resolves when the command has taken effect, with what it is to tell. */
  obey(command: LabCommand): Promise<unknown>;
  /** Resolves when every fact that the server knows by now is in the journal. */
  sync(): Promise<void>;
  restart(downFor: number): Promise<void>;
  /** The end of the server's own log, for error texts. */
  log(): string;
  close(): Promise<void>;
}
