import { errorText, invalidData } from './exceptions.ts';
import { readJsonObject } from './json-messages.ts';
import type { ServerProtocol } from './server-protocol.ts';

export type HandshakeResult = { protocol: ServerProtocol } | { error: string };

/** The first record of a connection, JSON whatever the protocol that it asks for. */
export function answerHandshake(
  record: string,
  protocols: readonly ServerProtocol[],
  detailed: boolean,
): HandshakeResult {
  try {
    const { name, version } = readRequest(record);
    const protocol = protocols.find((candidate) => candidate.name === name);
    if (!protocol) return { error: `The protocol '${name}' is not supported.` };
    if (version > protocol.version) {
      return { error: `The server does not support version ${version} of the '${name}' protocol.` };
    }
    return { protocol };
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
