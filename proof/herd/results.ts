import { expiry, restart } from './bundled-simulations.ts';
import type { World } from './door.ts';
import { type Arrivals, arrivalsOf, reachedAt } from './figures.ts';
import type { ExpiryPolicy, RestartPolicy, Seen } from './simulations.ts';

export interface Herd {
  clients: number;
  seed: number;
}

/** A restart of the hub, by one policy, in one world. */
export interface RestartResult {
  policy: RestartPolicy;
  world: World;
  downFor: number;
  /** What reaches the hub once it is back. */
  connects: Arrivals;
  /** ms from then on, until so many clients have a connection; null: never. */
  half: number | null;
  most: number | null;
  all: number | null;
  tries: { mean: number; most: number };
  tokens: number;
  neverBack: number;
}

/** An expiry of all tokens. */
export interface ExpiryResult {
  policy: ExpiryPolicy;
  world: World;
  within: number;
  tokens: Arrivals;
  connects: Arrivals;
  /** Clients that were without a connection for more than a tenth of a second, and the longest time, in ms. */
  cut: number;
  longest: number;
  neverBack: number;
}

export interface Tenth {
  clients: number;
  restarts: RestartResult[];
  expiries: ExpiryResult[];
}

export const restartPolicies: readonly RestartPolicy[] = ['ours', 'ours, slower', 'signalr'];
export const expiryPolicies: readonly ExpiryPolicy[] = ['ours', 'ours at first', 'when closed', 'silent renew'];
export const downTimes = [0, 5_000, 60_000] as const;
export const loginTimes = [60_000, 1_000] as const;

/** As many requests a second as bring everybody back in 20 s. */
export const capacityFor = (clients: number): number => clients / 20;

export async function restartResult(
  { clients, seed }: Herd,
  policy: RestartPolicy,
  world: World,
  downFor: number,
): Promise<{ seen: Seen; result: RestartResult }> {
  const seen = await restart({ clients, seed, world, capacity: capacityFor(clients) }, policy, downFor);
  const { fates } = seen;
  const back = fates.filter(({ downSince }) => downSince === null).map(({ backAt }) => backAt - downFor);
  const tries = fates.map((fate) => fate.tries);
  return {
    seen,
    result: {
      policy,
      world,
      downFor,
      connects: arrivalsOf(seen.connects.filter((time) => time >= downFor)),
      half: reachedAt(back, 0.5, clients),
      most: reachedAt(back, 0.99, clients),
      all: reachedAt(back, 1, clients),
      tries: { mean: sum(tries) / clients, most: largest(tries) },
      tokens: seen.tokens.length,
      neverBack: clients - back.length,
    },
  };
}

export async function expiryResult(
  { clients, seed }: Herd,
  policy: ExpiryPolicy,
  world: World,
  within: number,
): Promise<{ seen: Seen; result: ExpiryResult }> {
  const seen = await expiry({ clients, seed, world, capacity: capacityFor(clients) }, policy, within);
  const { fates } = seen;
  const longest = fates.map(({ gaps }) => largest(gaps));
  return {
    seen,
    result: {
      policy,
      world,
      within,
      tokens: arrivalsOf(seen.tokens),
      connects: arrivalsOf(seen.connects),
      cut: longest.filter((gap) => gap > 100).length,
      longest: largest(longest),
      neverBack: fates.filter(({ downSince }) => downSince !== null).length,
    },
  };
}

/** A few of them with a tenth of the clients: soon enough done for a test to see whether the page is as old as the code. */
export async function tenthOf({ clients, seed }: Herd): Promise<Tenth> {
  const few = { clients: Math.round(clients / 10), seed };
  const { result: restarted } = await restartResult(few, 'ours', 'unlimited', 60_000);
  const { result: renewed } = await expiryResult(few, 'ours', 'refuses', 1_000);
  const { result: reconnected } = await expiryResult(few, 'ours at first', 'refuses', 1_000);
  return { clients: few.clients, restarts: [restarted], expiries: [renewed, reconnected] };
}

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
const largest = (figures: readonly number[]): number => figures.reduce((most, figure) => Math.max(most, figure), 0);
