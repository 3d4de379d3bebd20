import type { Claim } from '../claim.ts';
import type { World } from './door.ts';
import { capacityFor, type ExpiryResult, type Herd, type RestartResult } from './results.ts';
import type { ExpiryPolicy, RestartPolicy } from './simulations.ts';
import { count, seconds } from './words.ts';

/** What of all these figures is promised. */
export function claimsOf(
  { clients, seed }: Herd,
  restarts: readonly RestartResult[],
  expiries: readonly ExpiryResult[],
): Claim[] {
  const after = (policy: RestartPolicy, world: World, downFor: number): RestartResult =>
    restarts.find((each) => each.policy === policy && each.world === world && each.downFor === downFor)!;
  const at = (policy: ExpiryPolicy, world: World, within: number): ExpiryResult =>
    expiries.find((each) => each.policy === policy && each.world === world && each.within === within)!;
  const claim = (text: string, figure: string, holds: boolean): Claim => ({
    claim: text,
    server: 'simulation',
    figure,
    seed,
    holds,
  });
  const many = count(clients);
  const capacity = `${count(capacityFor(clients))} requests a second`;

  const [short, shortTheirs] = [after('ours', 'unlimited', 5_000), after('signalr', 'unlimited', 5_000)];
  const [long, longTheirs] = [after('ours', 'unlimited', 60_000), after('signalr', 'unlimited', 60_000)];
  const [handover, slower] = [after('ours', 'unlimited', 0), after('ours, slower', 'unlimited', 0)];
  const [busy, busyTheirs] = [after('ours', 'refuses', 5_000), after('signalr', 'refuses', 5_000)];
  const [minute, second] = [at('ours', 'unlimited', 60_000), at('ours', 'unlimited', 1_000)];
  const [first, closed] = [at('ours at first', 'unlimited', 1_000), at('when closed', 'unlimited', 1_000)];
  const [tight, tightFirst] = [at('ours', 'refuses', 1_000), at('ours at first', 'refuses', 1_000)];
  const [tightClosed, tightSilent] = [at('when closed', 'refuses', 1_000), at('silent renew', 'refuses', 1_000)];

  return [
    claim(
      `${many} clients whose hub was down for 5 s come back spread out`,
      `worst second ${count(short.connects.inSecond)} (${short.connects.overMean.toFixed(1)} × mean), 99 % after ${seconds(short.most)}, all after ${seconds(short.all)}; SignalR's default: ${count(shortTheirs.connects.inTenth)} within 0.1 s, ${seconds(shortTheirs.half)} after`,
      short.neverBack === 0 && short.connects.inSecond * 3 < shortTheirs.connects.inSecond,
    ),
    claim(
      `${many} clients whose hub was down for 60 s come back, all of them`,
      `all after ${seconds(long.all)}, worst second ${count(long.connects.inSecond)}; SignalR's default: ${count(longTheirs.neverBack)} never`,
      long.neverBack === 0 && (long.all ?? Infinity) <= 20_000,
    ),
    claim(
      'Where another instance takes over at once, all are back at once; `baseDelay` spreads them',
      `worst 0.1 s ${count(handover.connects.inTenth)}, all after ${seconds(handover.all)}; with 5 s: ${count(slower.connects.inTenth)}, all after ${seconds(slower.all)}`,
      (handover.all ?? Infinity) <= 501 && slower.connects.inTenth * 5 < handover.connects.inTenth,
    ),
    claim(
      `A hub that takes ${capacity} and refuses the rest gets all ${many} back after 5 s`,
      `all after ${seconds(busy.all)}, ${busy.tries.mean.toFixed(1)} tries a client; SignalR's default: ${count(busyTheirs.neverBack)} never`,
      busy.neverBack === 0,
    ),
    claim(
      `${many} who logged in within a minute renew their tokens as evenly as they logged in`,
      `worst second ${count(minute.tokens.inSecond)}: ${minute.tokens.overMean.toFixed(2)} × mean`,
      minute.tokens.total === clients && minute.tokens.overMean < 2,
    ),
    claim(
      `${many} whose tokens expire in the same second renew them within the random tenth`,
      `worst second ${count(second.tokens.inSecond)}, nobody cut off; asked for at expiry: ${count(closed.tokens.inSecond)}`,
      second.tokens.total === clients && second.cut === 0 && second.tokens.inSecond < clients / 4,
    ),
    claim(
      'At the first expiry on a server without `refresh`, the tokens are there, and the connections come back at once',
      `tokens: worst second ${count(first.tokens.inSecond)}; connects: ${count(first.connects.inTenth)} in 0.1 s, cut off for ${seconds(first.longest)} at most`,
      first.tokens.total === clients && first.tokens.inSecond < clients / 4 && first.cut === 0,
    ),
    claim(
      `Servers that take ${capacity} lose none of ${many} whose tokens expire in the same second`,
      `${count(tight.cut)} cut off; before the server is known ${count(tightFirst.cut)}, for ${seconds(tightFirst.longest)} at most; never back by SignalR's default: ${count(tightClosed.neverBack)}, with silent renew ${count(tightSilent.neverBack)}`,
      tight.neverBack === 0 && tight.cut === 0 && tightFirst.neverBack === 0,
    ),
  ];
}
