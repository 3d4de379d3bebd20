import type { World } from './door.ts';
import type { Arrivals } from './figures.ts';
import type { ExpiryResult, RestartResult } from './results.ts';
import type { ExpiryPolicy, RestartPolicy } from './simulations.ts';

export const count = (figure: number): string => Math.round(figure).toLocaleString('en');
export const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);

const restartNames: Record<RestartPolicy, string> = {
  ours: 'hub-sdk',
  'ours, slower': 'hub-sdk, `baseDelay: 5_000`',
  signalr: "SignalR's default",
};

const expiryNames: Record<ExpiryPolicy, string> = {
  ours: 'hub-sdk, `refresh` or `overlap`',
  'ours at first': 'hub-sdk, `auto` before the first expiry that closes',
  'when closed': 'SignalR, token asked for when the old one has expired',
  'silent renew': 'SignalR, `automaticSilentRenew` of oidc-client-ts',
};

export const worldNames: Record<World, (capacity: number) => string> = {
  unlimited: () => 'Servers that can take all',
  refuses: (capacity) => `Servers that take ${count(capacity)} requests a second, and refuse the rest (503)`,
  queues: (capacity) => `A hub that takes ${count(capacity)} requests a second; the rest waits in line`,
};

export const restartHead = `| hub is down | client | worst second | worst 0.1 s | × mean | half are back | 99 % | all | tries, most | tokens asked for | never back |
| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |`;

export function restartRow(result: RestartResult): string {
  const { policy, downFor, connects, half, most, all, tries, tokens, neverBack } = result;
  return row(
    `${downFor / 1000} s`,
    restartNames[policy],
    ...peaks(connects),
    seconds(half),
    seconds(most),
    seconds(all),
    `${tries.mean.toFixed(1)}, ${tries.most}`,
    count(tokens),
    count(neverBack),
  );
}

export const expiryHead = `| client | tokens: worst second | worst 0.1 s | × mean | in all | hub: worst second | worst 0.1 s | cut off > 0.1 s | longest | never back |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |`;

export function expiryRow({ policy, tokens, connects, cut, longest, neverBack }: ExpiryResult): string {
  return row(
    expiryNames[policy],
    ...peaks(tokens),
    count(tokens.total),
    count(connects.inSecond),
    count(connects.inTenth),
    count(cut),
    seconds(longest),
    count(neverBack),
  );
}

function peaks({ inSecond, inTenth, overMean }: Arrivals): string[] {
  return inSecond === 0 ? ['–', '–', '–'] : [count(inSecond), count(inTenth), overMean.toFixed(1)];
}

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
