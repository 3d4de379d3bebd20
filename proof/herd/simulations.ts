import { createFate, type Fate } from './fate.ts';
import type { World } from './door.ts';
import { runOurs } from './ours.ts';
import { createHub, createTokenEndPoint, type Hub, limit, type TokenEndPoint } from './servers.ts';
import { runSignalR, silentlyRenewed, whenExpired } from './theirs.ts';
import { inVirtualTime, sleep } from './virtual-time.ts';

export interface Setup {
  clients: number;
  seed: number;
  world: World;
  /** Requests that each server can take in a second, where there is a limit. */
  capacity: number;
}

/** What came to the two servers, and what became of each client; times in ms from the beginning of what is observed. */
export interface Seen {
  connects: number[];
  tokens: number[];
  fates: Fate[];
}

/** `ours, slower`: with `reconnect: { baseDelay: 5_000 }`. */
export type RestartPolicy = 'ours' | 'ours, slower' | 'signalr';

/** The hub restarts while all clients are connected, with tokens for an hour; observed until a minute after it is back. */
export function restart(
  { clients, seed, world, capacity }: Setup,
  policy: RestartPolicy,
  downFor: number,
): Promise<Seen> {
  return inVirtualTime(seed, async ({ pass }) => {
    const hub = createHub();
    const tokens = createTokenEndPoint(3_600_000);
    const fates = populate(clients, (fate) =>
      policy === 'signalr'
        ? runSignalR(hub, whenExpired(tokens), fate)
        : runOurs(hub, tokens, fate, policy === 'ours' ? {} : { reconnect: { baseDelay: 5_000 } }),
    );
    // Longer than `stableAfter`.
    await pass(10_000);
    return observe(hub, tokens, fates, async () => {
      limit(world, capacity, hub.door, tokens.door);
      hub.restart(downFor);
      await pass(downFor + 60_000);
    });
  });
}

export type ExpiryPolicy =
  /** `rotation: 'overlap'`; a `refresh` is one request of each server, too. */
  | 'ours'
  /** `rotation: 'auto'` on a server without `refresh`, which has not been seen to close at expiry yet. */
  | 'ours at first'
  /** The app keeps its token until it has expired. */
  | 'when closed'
  /** The renewal of oidc-client-ts. */
  | 'silent renew';

/** Of tokens, ms. */
export const lifetime = 300_000;
/** Renewals come a minute ahead, in whole seconds; the next ones a lifetime later. */
const quietUntil = lifetime - 70_000;
const quietAgainAt = 2 * lifetime - 130_000;

/** All log in within so many ms; observed is the one expiry that follows. Time 0 is when the first token expires. */
export function expiry({ clients, seed, world, capacity }: Setup, policy: ExpiryPolicy, within: number): Promise<Seen> {
  return inVirtualTime(seed, async ({ pass }) => {
    const hub = createHub();
    const tokens = createTokenEndPoint(lifetime);
    const fates = populate(clients, async (fate) => {
      await sleep(Math.random() * within);
      if (policy === 'ours') return runOurs(hub, tokens, fate, { rotation: 'overlap' });
      if (policy === 'ours at first') return runOurs(hub, tokens, fate, { rotation: 'auto' });
      const factory = policy === 'when closed' ? whenExpired : silentlyRenewed;
      return runSignalR(hub, factory(tokens), fate);
    });
    await pass(quietUntil);
    const seen = await observe(hub, tokens, fates, async () => {
      limit(world, capacity, hub.door, tokens.door);
      await pass(quietAgainAt - quietUntil);
    });
    const shift = quietUntil - lifetime;
    return { ...seen, connects: seen.connects.map((at) => at + shift), tokens: seen.tokens.map((at) => at + shift) };
  });
}

function populate(clients: number, live: (fate: Fate) => unknown): Fate[] {
  return Array.from({ length: clients }, () => {
    const fate = createFate();
    void live(fate);
    return fate;
  });
}

async function observe(hub: Hub, tokens: TokenEndPoint, fates: Fate[], happen: () => Promise<void>): Promise<Seen> {
  const from = Date.now();
  const before = [hub.door.arrivals.length, tokens.door.arrivals.length];
  for (const fate of fates) [fate.tries, fate.gaps.length] = [0, 0];
  await happen();
  const since = (times: readonly number[], index: number): number[] => times.slice(index).map((time) => time - from);
  for (const fate of fates) fate.backAt -= from;
  return { connects: since(hub.door.arrivals, before[0]!), tokens: since(tokens.door.arrivals, before[1]!), fates };
}
