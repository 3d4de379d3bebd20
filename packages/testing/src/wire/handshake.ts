import { TransferFormat } from '@microsoft/signalr';
import type { Clock } from '../platform/clock.ts';
import { createDeferred } from '../platform/deferred.ts';
import { errorText, exception, invalidData } from './exceptions.ts';
import type { Inbox } from '../platform/inbox.ts';
import { concat, toBytes } from './bytes.ts';
import { int32, readJsonObject } from './json-messages.ts';
import { recordSeparator } from './records.ts';
import type { ServerProtocol, WireData } from './server-protocol.ts';

/** `rest`: what came behind the handshake in the same chunk, be it text or binary. */
export type HandshakeResult = { protocol: ServerProtocol; rest: Uint8Array } | { error: string };

export interface HandshakeHost {
  readonly clock: Clock;
  readonly protocols: readonly ServerProtocol[];
  readonly detailed: boolean;
  /** ms */
  readonly handshakeTimeout: number;
  readonly maximumReceiveMessageSize: number;
  /** Server-sent events carry no binary protocol. */
  readonly textOnly: boolean;
}

/** A byte order mark is no JSON. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const separator = recordSeparator.charCodeAt(0);
const canceled: HandshakeResult = { error: 'Handshake was canceled.' };

/** Waits for the first record of a connection, JSON whatever the protocol that it asks for. Null: the client has gone. */
export async function receiveHandshake(host: HandshakeHost, inbox: Inbox<WireData>): Promise<HandshakeResult | null> {
  const late = createDeferred<'late'>();
  const cancelTimeout = host.clock.after(host.handshakeTimeout, () => late.resolve('late'));
  let bytes: Uint8Array = new Uint8Array();
  try {
    for (;;) {
      const chunk = await Promise.race([inbox.next().then((data) => ({ data })), late.promise]);
      if (chunk === 'late') return canceled;
      if (chunk.data === null) return null;
      bytes = concat(bytes, toBytes(chunk.data));
      const end = bytes.indexOf(separator);
      // Too long for a handshake: ASP.NET Core has the same words for it.
      if ((end === -1 ? bytes.length : end + 1) > host.maximumReceiveMessageSize) return canceled;
      if (end !== -1) return answer(decoder.decode(bytes.subarray(0, end)), bytes.slice(end + 1), host);
    }
  } finally {
    cancelTimeout();
  }
}

function answer(record: string, rest: Uint8Array, host: HandshakeHost): HandshakeResult {
  const { protocols, detailed, textOnly } = host;
  try {
    const { name, version } = readRequest(record);
    const protocol = protocols.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (!protocol) return { error: `The protocol '${name}' is not supported.` };
    if (version > protocol.version) {
      return { error: `The server does not support version ${version} of the '${name}' protocol.` };
    }
    if (textOnly && protocol.transferFormat === TransferFormat.Binary) {
      return {
        error: `Cannot use the '${name}' protocol on the current transport. The transport does not support 'Binary' transfer format.`,
      };
    }
    return { protocol, rest };
  } catch (error) {
    return { error: errorText('An unexpected error occurred during connection handshake.', error, detailed) };
  }
}

function readRequest(record: string): { name: string; version: number } {
  checkSyntax(record);
  const fields = readJsonObject(record);
  for (const property of ['protocol', 'version']) {
    // Here, a version that is null is none at all.
    if (property in fields && (property !== 'version' || fields.version !== null)) continue;
    throw invalidData(`Missing required property '${property}'. Message content: ${record}`);
  }
  if (typeof fields.protocol !== 'string') throw invalidData("Expected 'protocol' to be of type String.");
  int32(fields.version, 'version');
  return { name: fields.protocol, version: fields.version as number };
}

/**
 * Here, unlike behind the handshake, the text is the JSON reader's own. The two usual ones are as in .NET: nothing at all, and what is no JSON from its
 * first character on. Where the error sits deeper, .NET has a dozen texts, and this is none of them.
 */
function checkSyntax(record: string): void {
  const start = 'LineNumber: 0 | BytePositionInLine: 0.';
  const [first] = record;
  if (first === undefined) {
    const text = `The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true. ${start}`;
    throw exception('JsonReaderException', text);
  }
  if (!/[ \t\r\n[{"\-\dtfn]/.test(first)) {
    const [byte = 0] = toBytes(first);
    const shown = byte < 0x80 ? first : `0x${byte.toString(16).toUpperCase()}`;
    throw exception('JsonReaderException', `'${shown}' is an invalid start of a value. ${start}`);
  }
  try {
    JSON.parse(record);
  } catch {
    throw exception('JsonReaderException', 'Error reading JSON.');
  }
}
