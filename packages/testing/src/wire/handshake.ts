import type { Clock } from '../platform/clock.ts';
import { createDeferred } from '../platform/deferred.ts';
import { errorText, invalidData } from './exceptions.ts';
import type { Inbox } from '../connection/inbox.ts';
import { readJsonObject } from './json-messages.ts';
import { createRecordReader } from './records.ts';
import type { ServerProtocol, WireData } from './server-protocol.ts';

/** `rest`: what came behind the handshake in the same chunk. */
export type HandshakeResult = { protocol: ServerProtocol; rest: string } | { error: string };

export interface HandshakeHost {
  readonly clock: Clock;
  readonly protocols: readonly ServerProtocol[];
  readonly detailed: boolean;
  /** ms */
  readonly handshakeTimeout: number;
  readonly maximumReceiveMessageSize: number;
}

const canceled: HandshakeResult = { error: 'Handshake was canceled.' };

/** Waits for the first record of a connection, JSON whatever the protocol that it asks for. Null: the client has gone. */
export async function receiveHandshake(host: HandshakeHost, inbox: Inbox<WireData>): Promise<HandshakeResult | null> {
  const late = createDeferred<'late'>();
  const cancelTimeout = host.clock.after(host.handshakeTimeout, () => late.resolve('late'));
  const records = createRecordReader(host.maximumReceiveMessageSize);
  try {
    for (;;) {
      const chunk = await Promise.race([inbox.next().then((data) => ({ data })), late.promise]);
      if (chunk === 'late') return canceled;
      if (chunk.data === null) return null;
      const [record] = records.read(chunk.data);
      if (record !== undefined) return answer(record, records.rest, host);
    }
  } catch {
    // Too long for a handshake: ASP.NET Core has the same words for it.
    return canceled;
  } finally {
    cancelTimeout();
  }
}

function answer(record: string, rest: string, { protocols, detailed }: HandshakeHost): HandshakeResult {
  try {
    const { name, version } = readRequest(record);
    const protocol = protocols.find((candidate) => candidate.name === name);
    if (!protocol) return { error: `The protocol '${name}' is not supported.` };
    if (version > protocol.version) {
      return { error: `The server does not support version ${version} of the '${name}' protocol.` };
    }
    return { protocol, rest };
  } catch (error) {
    return { error: errorText('An unexpected error occurred during connection handshake.', error, detailed) };
  }
}

function readRequest(record: string): { name: string; version: number } {
  const fields = readJsonObject(record);
  for (const [property, type] of [
    ['protocol', 'String'],
    ['version', 'Number'],
  ] as const) {
    const value = fields[property];
    if (value === undefined) {
      throw invalidData(`Missing required property '${property}'. Message content: ${record}`);
    }
    if (typeof value !== type.toLowerCase()) throw invalidData(`Expected '${property}' to be of type ${type}.`);
  }
  return { name: fields.protocol as string, version: fields.version as number };
}
