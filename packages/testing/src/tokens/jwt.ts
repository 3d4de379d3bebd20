import type { HubUser } from '../api/call.ts';
import { HubRejection } from '../api/errors.ts';
import { base64Url } from '../platform/ids.ts';

/** What every token of ours says. */
export interface Payload extends Record<string, unknown> {
  sub: string;
  exp: number;
  jti: string;
}

export function encodePart(part: object | ArrayBuffer): string {
  const bytes = part instanceof ArrayBuffer ? new Uint8Array(part) : new TextEncoder().encode(JSON.stringify(part));
  return base64Url(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export function decodeBytes(encoded: string): Uint8Array<ArrayBuffer> {
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The payload of a token and what its signature is of; throws for anything that is no token of ours. */
export function readToken(token: string): { payload: Payload; content: string; signature: string } {
  const [header = '', body = '', signature = '', ...more] = token.split('.');
  const payload = readPayload(body);
  if (payload === null || more.length > 0) throw invalidToken();
  return { payload, content: `${header}.${body}`, signature };
}

/** Null for anything that is no payload of ours. */
export function readPayload(encoded: string): Payload | null {
  try {
    const payload = JSON.parse(new TextDecoder().decode(decodeBytes(encoded))) as Partial<Payload> | null;
    const { sub, exp, jti } = payload ?? {};
    const complete = typeof sub === 'string' && typeof exp === 'number' && typeof jti === 'string';
    return complete ? (payload as Payload) : null;
  } catch {
    return null;
  }
}

/** @param clockSkew ms */
export function userOf(payload: Payload, clockSkew: number): HubUser {
  const expiresAt = payload.exp * 1000;
  if (expiresAt + clockSkew <= Date.now()) throw invalidToken(`The token expired at '${invariantDate(expiresAt)}'`);
  return {
    userId: payload.sub,
    ...(typeof payload.name === 'string' ? { name: payload.name } : {}),
    ...(Array.isArray(payload.roles) ? { roles: payload.roles.map(String) } : {}),
    claims: payload,
    expiresAt,
  };
}

/** As ASP.NET Core's bearer handler refuses it. */
export function invalidToken(description?: string): HubRejection {
  const details = description === undefined ? '' : `, error_description="${description}"`;
  return new HubRejection(401, { challenge: `Bearer error="invalid_token"${details}` });
}

/** As .NET's invariant culture writes it, in UTC: 11/22/2026 16:42:00. @param time epoch ms */
function invariantDate(time: number): string {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+:\d+)/.exec(new Date(time).toISOString())!;
  return `${month}/${day}/${year} ${clock}`;
}
