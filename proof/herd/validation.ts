import type { Claim } from '../claim.ts';
import { expiry, restart } from './bundled-simulations.ts';
import { arrivalsOf, chanceOfDistance, chanceOfMeans, distance } from './figures.ts';
import { expiryOfOurs, restartOurs, restartSignalR } from './real-clients.ts';
import type { Setup } from './simulations.ts';

const server = 'simulation and test hub';
const down = 5_000;

/** Real clients do what the simulation says. No more than chance may be between them. */
export async function validate(clients: number, seed: number): Promise<Claim[]> {
  const setup: Setup = { clients, seed, world: 'unlimited', capacity: Infinity };
  const claim = (text: string, figure: string, holds: boolean): Claim => ({ claim: text, server, figure, seed, holds });
  // Not the same chance: what agrees agrees by its nature.
  const other = seed + 1;

  const [ours, oursReal] = [await restart(setup, 'ours', down), await restartOurs(clients, other, down)];
  const times = nearness(ours.connects, oursReal.connects);
  const back = nearness(
    ours.fates.map(({ backAt }) => backAt),
    oursReal.back,
  );
  const [mean, meanReal] = [ours.connects.length / clients, oursReal.connects.length / clients];
  const mayDiffer = chanceOfMeans(ours.fates.map(({ tries }) => tries));

  const [theirs, theirsReal] = [await restart(setup, 'signalr', down), await restartSignalR(clients, other, down)];
  const moments = (times: readonly number[]): string => [...new Set(times)].sort((a, b) => a - b).join(', ');

  const [spread, spreadReal] = [await expiry(setup, 'ours', 1000), await expiryOfOurs(clients, other, 'overlap', 1000)];
  const renewed = nearness(spread.tokens, spreadReal.tokens);

  const [first, firstReal] = [
    await expiry(setup, 'ours at first', 1000),
    await expiryOfOurs(clients, other, 'auto', 1000),
  ];
  const together = [first, firstReal].map(({ connects }) => arrivalsOf(connects).inTenth);

  return [
    claim(
      `${clients} real clients of hub-sdk come back from a restart as the simulated ones do`,
      `${mean.toFixed(2)} tries a client simulated, ${meanReal.toFixed(2)} real (chance: up to ${mayDiffer.toFixed(2)} apart); distance of the times of the tries ${times.figure}, of the returns ${back.figure}`,
      Math.abs(mean - meanReal) < mayDiffer && times.same && back.same && oursReal.back.length === clients,
    ),
    claim(
      `${clients} real connections of SignalR try again when the simulated ones do`,
      `${moments(theirs.connects)} ms simulated, ${moments(theirsReal.connects)} ms real`,
      moments(theirs.connects) === moments(theirsReal.connects) &&
        theirs.connects.length === theirsReal.connects.length,
    ),
    claim(
      `${clients} real clients of hub-sdk renew tokens of one second as the simulated ones do`,
      `${spread.tokens.length} requests simulated, ${spreadReal.tokens.length} real; distance of the times ${renewed.figure}`,
      renewed.same && spread.tokens.length === spreadReal.tokens.length,
    ),
    claim(
      `${clients} real clients of hub-sdk that do not know the server yet reconnect at the first expiry as the simulated ones do`,
      `${together[0]} of ${clients} in 0.1 s simulated, ${together[1]} real`,
      together[0] === together[1],
    ),
  ];
}

function nearness(a: readonly number[], b: readonly number[]): { figure: string; same: boolean } {
  const apart = distance(a, b);
  const most = chanceOfDistance(a, b);
  return { figure: `${apart.toFixed(3)} (chance: up to ${most.toFixed(3)})`, same: apart < most };
}
