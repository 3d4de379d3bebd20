/// <reference types="node" />
import { type Claim, fails } from '../claim.ts';
import { type Ordeal, type OrdealOptions, type Outcome, providerFaults, tokenLifetime } from './ordeal.ts';
import type { Tally } from './schedule.ts';

/**
 * Ms that a token lives at least before another is asked for. Two times may lose up to a second each, as they are told in whole
 * ones: when a JWT was issued, and how long the hub says that it lets it live.
 */
const due = 0.8 * (tokenLifetime - 2) * 1000;

/** A tab's messages by what became of them; each is in one of the lists. */
interface Fate {
  /** The hub has answered: it ran. */
  answered: string[];
  /** It went out, and no answer came: `connection-lost`, `sent: 'unknown'`. */
  unknown: string[];
  /** It never went out: it waited too long. */
  unsent: string[];
}

/** What is claimed of a network that has broken and is healthy again. */
export function claimsOf(ordeal: Ordeal, { seconds, seed, socketless = false }: OrdealOptions): Claim[] {
  const { history, kept, tabs, uploads, connections, visitors, tokens, chromium } = ordeal;
  const server = `Chromium ${chromium.split('.')[0]}${socketless ? ' without WebSockets' : ''} and ASP.NET Core 10`;
  const claim = (text: string, figure: string, holds: boolean): Claim => ({
    claim: text,
    server,
    figure,
    seed,
    holds,
  });
  const fates = tabs.map(fateOf);
  const count = (fate: keyof Fate): number => fates.reduce((sum, one) => sum + one[fate].length, 0);
  const total = (of: (tab: Outcome) => number): number => tabs.reduce((sum, tab) => sum + of(tab), 0);
  const said = history.map((line) => line.slice(line.indexOf(' ') + 1));
  const times = (text: string): number => said.filter((one) => one === text).length;
  /** How often the browser has sent a message: it repeats a POST by itself whose kept connection ends before the answer. */
  const uploaded = (text: string): number =>
    uploads.reduce((sum, upload) => sum + upload.split(JSON.stringify(text)).length - 1, 0);
  const sent = tabs.flatMap(({ wire }) => [...wire.sent.keys()]);
  const repeated = socketless ? sent.filter((text) => uploaded(text) > 1).length : 0;
  const arrived = fates.flatMap(({ unknown }) => unknown).filter((text) => times(text) > 0).length;
  const most = (text: string, frames: number): number => (socketless ? frames * uploaded(text) : frames);
  const wrong = tabs.flatMap((tab) => wrongMessages(tab, times, most));
  const refreshes = tokens.slice(1);
  const lived = livesOf(ordeal);

  return [
    claim(
      `Two tabs of one login, ${seconds} s on a network that breaks: at the end each shows the server's history, in its order, no message missing, none twice`,
      historyOf(ordeal),
      isWhole(history) && endsWith(history, kept) && tabs.every(({ messages }) => messages.join() === history.join()),
    ),
    claim(
      socketless
        ? 'What a page has sent is there if the call was answered, not if it never went out, and never more often than the browser has sent it; the SDK sends it once, and Chromium repeats a POST by itself whose kept connection ends before the answer'
        : 'What a page has sent is there exactly once if the call was answered, at most once if its connection was lost, and not if it never went out; the SDK sends nothing again',
      `${count('answered')} answered, ${count('unknown')} lost (${arrived} of them had arrived), ${count('unsent')} not sent${socketless ? `, ${repeated} repeated by Chromium` : ''}${wrong.map((what) => `; ${what}`).join('')}`,
      wrong.length === 0,
    ),
    claim(
      'Of what was typed into a page, all that was answered stands in the order of typing',
      `${count('answered')} messages`,
      fates.every(
        ({ answered }) => [...new Set(said)].filter((text) => answered.includes(text)).join() === answered.join(),
      ),
    ),
    claim(
      'Each tab has exactly one connection at the end',
      `${connections} on the server; the pages show ${tabs.map(({ shown }) => shown.status.at(-1)).join(' and ')}`,
      connections === tabs.length && tabs.every(({ shown }) => shown.status.at(-1) === 'connected'),
    ),
    claim(
      `As many token requests as lifetimes, for both tabs together: each is answered with a token, and none is made before the last token (of ${tokenLifetime} s, from when it was asked for) has lived for four fifths of its whole seconds; and there is one in two lifetimes at least, however long the provider was out of reach`,
      `${refreshes.length} requests in ${seconds} s (and ${total(({ wire }) => wire.refused)} that found nobody who listened); a token lived for ${(Math.min(...lived) / 1000).toFixed(1)} s or longer`,
      refreshes.length === lived.length &&
        refreshes.length >= seconds / (2 * tokenLifetime) &&
        refreshes.every(({ status }) => status === 200) &&
        lived.every((ms) => ms >= due),
    ),
    claim(
      'Nobody is signed out, and no connection is a visitor’s',
      `signed out: ${tabs.filter((tab) => !staysSignedIn(tab)).length} of ${tabs.length} tabs; visitors: ${visitors}`,
      tabs.every(staysSignedIn) && visitors === 0,
    ),
    claim(
      'No error and no rejection in either page that nobody caught',
      tabs.flatMap(({ uncaught }) => uncaught).join(' ') || 'none',
      tabs.every(({ uncaught }) => uncaught.length === 0),
    ),
    claim(
      'All that can happen to a network has happened, to the way to the hub and (without cuts and resets) to the way to the provider',
      `hub: ${told(ordeal.hubFaults)}; provider: ${told(ordeal.providerFaults)}; ${total(({ reconnects }) => reconnects)} reconnects, ${total(({ wire }) => wire.renewals)} renewals in place`,
      Object.values(ordeal.hubFaults).every((times) => times > 0) &&
        providerFaults.every((kind) => ordeal.providerFaults[kind] > 0) &&
        tabs.every(({ reconnects }) => reconnects > 0),
    ),
  ];
}

function fateOf({ typed, wire }: Outcome): Fate {
  const answerTo = (text: string): string | undefined => wire.sent.get(text)?.answer;
  return {
    answered: typed.filter((text) => answerTo(text) === 'done'),
    unknown: typed.filter((text) => answerTo(text) === 'none'),
    unsent: typed.filter((text) => answerTo(text) === undefined),
  };
}

/** What a tab has typed or sent that is there more often, or less, than its fate allows, or went out or was answered as it must not. */
function wrongMessages(
  { typed, wire }: Outcome,
  times: (text: string) => number,
  most: (text: string, frames: number) => number,
): string[] {
  return [...new Set([...typed, ...wire.sent.keys()])].flatMap((text) => {
    const { frames, answer } = wire.sent.get(text) ?? { frames: 0, answer: 'none' };
    const count = times(text);
    const right =
      count >= (answer === 'done' ? 1 : 0) && count <= most(text, frames) && frames <= 1 && answer !== 'refused';
    return right ? [] : [`“${text}” is there ${count} times: ${frames} frames, answer ${answer}`];
  });
}

/**
 * How long each token had lived when a tab asked for the next one: from when it was asked for, at the earliest, as nobody knows
 * how long an answer was under way.
 */
function livesOf({ tokens, tabs }: Ordeal): number[] {
  const asked = tabs.flatMap(({ wire }) => [...wire.refreshes.values()]).sort((a, b) => a - b);
  return asked.map((at, index) => at - (asked[index - 1] ?? tokens[0]?.at ?? Infinity));
}

/** What the tabs have gone through, where a claim does not hold: it tells why. */
export function diariesOf({ tabs }: Ordeal, claims: readonly Claim[]): string {
  return claims.some(fails) ? tabs.flatMap(({ name, diary }) => ['', name, ...diary.lines, '']).join('\n') : '';
}

/** How much of it there is, and what is wrong with it. */
function historyOf({ history, kept, tabs }: Ordeal): string {
  const each = (of: (messages: readonly string[]) => number): string =>
    tabs.map(({ messages }) => of(messages)).join(' and ');
  return [
    `${history.length} messages`,
    ...(isWhole(history) ? [] : ['not numbered in turn']),
    ...(endsWith(history, kept) ? [] : ['and the server has others']),
    `the pages show ${each((messages) => messages.length)}, and miss ${each((messages) => history.filter((line) => !messages.includes(line)).length)}`,
  ].join(', ');
}

/** Numbered from 1, without a hole. */
function isWhole(history: readonly string[]): boolean {
  return history.every((line, index) => line.startsWith(`${index + 1} `));
}

/** The server keeps the last ones, and they are what was heard. */
function endsWith(history: readonly string[], kept: readonly string[]): boolean {
  return kept.length > 0 && history.slice(-kept.length).join() === kept.join();
}

/** Since the login; each tab was nobody's before. */
function staysSignedIn({ shown }: Outcome): boolean {
  return shown.user.filter(Boolean).length === 1 && shown.user.at(-1) !== '';
}

function told(tally: Tally): string {
  return Object.entries(tally)
    .filter(([, times]) => times > 0)
    .map(([kind, times]) => `${times} ${kind}`)
    .join(', ');
}
