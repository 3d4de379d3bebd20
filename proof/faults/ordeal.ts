/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../e2e/browser.ts';
import { seeded } from '../../e2e/seeded.ts';
import { type Chat, startChat } from '../../examples/chat/server/chat.ts';
import type { PagesConfig } from '../../examples/chat/server/pages.ts';
import { connectRaw, type RawHubClient } from '../../examples/chat/server/raw-hub-client.ts';
import { logIn } from '../../examples/common/headless-login.ts';
import type { TokenRequestEntry } from '../../examples/common/provider.ts';
import { demoUsers } from '../../examples/common/users.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { type FaultKind, inflict, schedule, type Tally } from './schedule.ts';
import { openTab, type Tab } from './tab.ts';

/**
 * What happens to the way to the provider. It is never cut: an answer that is lost after the provider has rotated the refresh
 * token ends the session, and rightly so. A connection that is refused has told the provider nothing.
 */
export const providerFaults: readonly FaultKind[] = ['stall', 'delay', 'throttle', 'refuse'];
/** How long the pages may take, once the network is healthy; the hub forgets a client 30 s after its last word. */
const patience = 60_000;
const room = 'lobby';
/** Seconds. */
export const tokenLifetime = 15;

export interface Ordeal {
  readonly chromium: string;
  /** `7 tab-1 3`: all that was said, by number, as a client heard it that is beside the network. */
  readonly history: readonly string[];
  /** What the server has of it at the end. */
  readonly kept: readonly string[];
  readonly tabs: readonly Outcome[];
  /** Connections of the two tabs at the end, as the server counts them. */
  readonly connections: number;
  /** What the browser has said to the hub, by connection; kept where the pages have no WebSockets, and it is HTTP. */
  readonly uploads: readonly string[];
  /** Connections without a user since the login. */
  readonly visitors: number;
  /** What the tabs have asked the provider for: the tokens of the login, then one refresh after the other. */
  readonly tokens: readonly TokenRequestEntry[];
  readonly hubFaults: Tally;
  readonly providerFaults: Tally;
}

export interface Outcome extends Pick<Tab, 'wire' | 'uncaught' | 'diary'> {
  readonly name: string;
  /** Connections to the hub after the first one of the login. */
  readonly reconnects: number;
  /** What was typed into it, in this order. */
  readonly typed: readonly string[];
  readonly messages: readonly string[];
  readonly shown: Window['shown'];
}

export interface OrdealOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Whether the pages do without WebSockets. @default false */
  readonly socketless?: boolean;
}

/** Two tabs of one login chat for `seconds` through a network that breaks; then it heals, and they have a minute. */
export async function ordeal({ seconds, seed, socketless = false }: OrdealOptions): Promise<Ordeal> {
  const running: { close(): Promise<unknown> }[] = [];
  const started = <T extends { close(): Promise<unknown> }>(part: T): T => (running.unshift(part), part);
  try {
    // The pages ask for what they have missed, and get it all; with fifty messages a long stall would leave a hole.
    const chat = started(await startChat({ server: 'aspnetcore', historySize: 400 }));
    const uploads = new Map<object, Buffer[]>();
    const overhear = (connection: object, bytes: Buffer): void => {
      const pieces = uploads.get(connection) ?? [];
      uploads.set(connection, pieces);
      pieces.push(bytes);
    };
    const hub = started(await startProxy(chat.hub.url, {}, seeded(seed), socketless ? overhear : undefined));
    const provider = started(await startProxy(chat.provider.issuer, {}, seeded(seed + 1)));
    const browser = started(await launchBrowser());
    const witness = await joinBeside(chat);
    started({ close: () => witness.connection.stop() });
    return await run({ chat, hub, provider, browser, witness, uploads, duration: seconds * 1000, seed, socketless });
  } finally {
    for (const part of running) await part.close();
  }
}

interface Parts {
  chat: Chat;
  hub: Proxy;
  provider: Proxy;
  browser: Browser;
  witness: RawHubClient;
  uploads: ReadonlyMap<object, readonly Buffer[]>;
  duration: number;
  seed: number;
  socketless: boolean;
}

async function run(parts: Parts): Promise<Ordeal> {
  const { chat, hub, provider, browser, witness, uploads, duration, seed, socketless } = parts;
  chat.provider.setAccessTokenLifetime(tokenLifetime);
  const asked = chat.provider.requests.token.length;
  const context = await browser.newContext();
  await context.route('**/config.json', async (route) => {
    const truth = (await (await route.fetch()).json()) as PagesConfig;
    const authority = new URL(provider.url).origin;
    await route.fulfill({ json: { ...truth, hubUrl: hub.url, authority, store: 'local' } satisfies PagesConfig });
  });
  const address = `${chat.pagesUrl}/react/`;
  const first = await openTab(context, address, socketless);
  await first.logIn('alice');
  const second = await openTab(context, address, socketless);
  await second.isReady();
  const tabs = [first, second].map((tab, index) => ({
    tab,
    name: `tab-${index + 1}`,
    typed: [] as string[],
    opened: tab.wire.connections,
  }));
  const before = chat.hub.events.entries.length;

  const end = new AbortController();
  const random = seeded(seed + 2);
  /** Says numbers until the end. */
  async function talk(say: (number: number) => Promise<void>, least: number, most: number): Promise<void> {
    for (let number = 1; !end.signal.aborted; number += 1) {
      await say(number);
      await sleep(least + random() * (most - least));
    }
  }
  const talking = Promise.all([
    talk((number) => witness.call('Send', room, `beside ${number}`), 500, 1_000),
    ...tabs.map(({ tab, name, typed }) =>
      talk(
        (number) => {
          const text = `${name} ${number}`;
          typed.push(text);
          return tab.say(text);
        },
        500,
        2_500,
      ),
    ),
  ]);
  const faults = Promise.all([
    inflict(hub, schedule(seed, duration), end.signal),
    inflict(provider, schedule(seed + 1, duration, providerFaults), end.signal),
  ]);
  // Whatever fails, the others are called off.
  await Promise.race([talking, sleep(duration)]).finally(() => end.abort());
  const [hubTally, providerTally] = await faults;
  await talking;

  // By number: of two messages that are sent at once, ASP.NET Core may tell a client the second one first.
  const heard = (): string[] =>
    witness.heard.entries
      .flatMap(({ method, argument }) => (method === 'MessageReceived' ? [argument] : []))
      .sort((one, other) => one.id - other.id)
      .map(line);
  const connections = (): number =>
    chat.hub.events.entries.reduce(
      (count, { type, userId }) => (userId === 'alice' ? count + (type === 'connected' ? 1 : -1) : count),
      0,
    );
  await eventually(async () => {
    const shown = await Promise.all(tabs.map(({ tab }) => tab.messages()));
    return connections() === tabs.length && shown.every((messages) => messages.join() === heard().join());
  });

  return {
    chromium: browser.version(),
    kept: (await witness.call('History', room)).map(line),
    history: heard(),
    connections: connections(),
    uploads: [...uploads.values()].map((pieces) => Buffer.concat(pieces).toString()),
    visitors: chat.hub.events.entries.slice(before).filter(({ userId }) => userId === null).length,
    tokens: chat.provider.requests.token.slice(asked),
    hubFaults: hubTally,
    providerFaults: providerTally,
    tabs: await Promise.all(
      tabs.map(async ({ tab: { wire, diary, uncaught, messages, shown }, name, typed, opened }) => ({
        name,
        typed,
        reconnects: wire.connections - opened,
        wire,
        diary,
        uncaught,
        messages: await messages(),
        shown: await shown(),
      })),
    ),
  };
}

/** Bob, who speaks plain SignalR and comes by another way: with a token for the whole day, before the short ones begin. */
async function joinBeside({ provider, pagesUrl, hub }: Chat): Promise<RawHubClient> {
  const bob = demoUsers.find(({ id }) => id === 'bob')!;
  provider.setAccessTokenLifetime(24 * 60 * 60);
  const { tokens } = await logIn(provider.issuer, `${pagesUrl}/react/`, bob.id, bob.password);
  const client = await connectRaw(hub.url, tokens.accessToken);
  await client.call('JoinRoom', room);
  return client;
}

const line = ({ id, text }: { id: number; text: string }): string => `${id} ${text}`;

/** Waits for it, with patience; what it is like then is for the claims to judge. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + patience;
  while (!(await holds()) && performance.now() < until) await sleep(250);
}
