import { createHubClient, type HubErrorCode, type HubEvent, type HubOptions } from '@org/hub-core';
import type { HubClient, HubSnapshot } from '@org/hub-core';
import { isHubError } from '../error-codes.ts';
import type { Wire } from './wire.ts';
import { textOf, type World } from './world.ts';

/** Any twelve characters of it hold this word: so a part of it is found, too. */
const mark = 'sEcReT';
export const opaque = mark.repeat(6);
/** How the word reads in base64url, at whichever third byte it is met: any fifteen characters of the claim hold one of them. */
const encodedMarks = [0, 1, 2].map((from) => base64url(opaque.slice(from)).slice(0, 8));
const marks = new RegExp([mark, ...encodedMarks].join('|'));

/** What it says is as secret as its signature: a claim is there to be looked for. */
export function jwt(claims: object): string {
  return jwtOf(JSON.stringify({ ...claims, secret: opaque }));
}

/** @param payload may be no JSON */
export function jwtOf(payload: string): string {
  return `eyJhbGciOiJIUzI1NiJ9.${base64url(payload)}.${opaque}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** The code of a typed error. @throws where it is none */
export function codeOf(error: unknown): HubErrorCode {
  if (!isHubError(error)) throw new Error(`No HubError: ${textOf(error)}`);
  const { code, message, remediation, retryable, status } = error;
  const isWell =
    typeof message === 'string' &&
    typeof remediation === 'string' &&
    remediation !== '' &&
    typeof retryable === 'boolean' &&
    (status === undefined || Number.isInteger(status));
  if (!isWell)
    throw new Error(`Not as documented: ${JSON.stringify({ code, message, remediation, retryable, status })}`);
  keepsSecret(error);
  return code;
}

/** @throws where a part of a token can be read in it */
function keepsSecret(told: unknown, depth = 4): void {
  if (typeof told === 'string') {
    if (marks.test(told)) throw new Error(`A part of a token is told: ${told.slice(0, 2_000)}`);
  } else if (typeof told === 'object' && told && depth > 0) {
    if (told instanceof Error) for (const part of [told.message, told.stack, told.cause]) keepsSecret(part, depth - 1);
    // A Response has nothing to enumerate.
    for (const part of Object.values(told)) keepsSecret(part, depth - 1);
  }
}

/** A client, and what it has told of itself: log lines, events, snapshots. */
export interface Witness {
  readonly hub: HubClient;
  /** Types of the events since it was asked last; everything that was told is as documented, and holds no token. */
  heard(): HubEvent['type'][];
  /**
   * Disposes of the client.
   *
   * @param patience ms that its source may still wait for an answer
   * @throws what is left then
   */
  leave(world: World, wire: Wire, patience?: number): Promise<void>;
}

/** After a case that went wrong. */
export function forgetAll(): void {
  for (const hub of watched) void hub.dispose().catch(() => {});
  watched.clear();
}

/** Clients that are not disposed of. */
const watched = new Set<HubClient>();

export function watch(options: HubOptions): Witness {
  const lines: string[] = [];
  const events: HubEvent[] = [];
  const hub = createHubClient({
    ...options,
    logger: { log: (_, line) => lines.push(line) },
    events: { '*': (event) => events.push(event) },
  });
  watched.add(hub);
  return {
    hub,
    async leave(world, wire, patience = 0) {
      watched.delete(hub);
      if (!(await world.settled(hub.dispose(), 60_000))) throw new Error('dispose() hangs.');
      this.heard();
      const left = (): string[] =>
        Object.entries({ sockets: wire.open(), ...world.held() }).flatMap(([what, count]) =>
          count > 0 ? [`${count} ${what}`] : [],
        );
      await world.until(() => left().length === 0, patience);
      if (left().length > 0) throw new Error(`${left().join(', ')} left.`);
    },
    heard() {
      lines.splice(0).forEach((line) => keepsSecret(line));
      checkSnapshot(hub.getSnapshot());
      return events.splice(0).map((event) => {
        for (const part of Object.values(event)) {
          if (part instanceof Error) codeOf(part);
          else keepsSecret(part);
        }
        return event.type;
      });
    },
  };
}

const statuses = /^(disconnected|connecting|connected|reconnecting|disconnecting)$/;
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isTimeOrNull = (value: unknown): boolean => value === null || Number.isFinite(value);

function checkSnapshot(snapshot: HubSnapshot): void {
  const { status, connectionId, userId, tokenExpiresAt, attempt, retryAt, error } = snapshot;
  if (error) codeOf(error);
  const isWell =
    statuses.test(status) &&
    isTextOrNull(connectionId) &&
    isTextOrNull(userId) &&
    isTimeOrNull(tokenExpiresAt) &&
    Number.isInteger(attempt) &&
    isTimeOrNull(retryAt);
  if (!isWell) throw new Error(`A snapshot that is not as documented: ${JSON.stringify(snapshot)}`);
}
