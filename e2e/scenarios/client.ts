/// <reference types="node" />
import { createHubClient } from '@org/hub-core';
import type { HubClient, HubEvent, HubOptions, HubSnapshot, TokenSource } from '@org/hub-core';
import { oidc } from '@org/hub-core/oidc';
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { labKind, startLab, startTokenEndpoint } from '../lab/index.ts';
import type { Lab, LabHub, LabOptions, TokenEndpoint, TokenEndpointOptions } from '../lab/index.ts';

/** A hub and a token end point for one test, on the server of this run. */
export async function startServers(
  options: { lab?: LabOptions; tokens?: TokenEndpointOptions } = {},
): Promise<{ lab: Lab; endpoint: TokenEndpoint }> {
  const lab = await startLab(labKind(), options.lab);
  onTestFinished(() => lab.close());
  const endpoint = await startTokenEndpoint(lab, options.tokens);
  onTestFinished(() => endpoint.close());
  return { lab, endpoint };
}

/** A browser's worth of oidc-client-ts with a signed-in user, and the source that an app makes of it. */
export async function signIn(
  endpoint: TokenEndpoint,
  options?: Parameters<TokenEndpoint['storedUser']>[0],
  store: Storage = new InMemoryWebStorage(),
): Promise<{ manager: UserManager; source: TokenSource }> {
  const userStore = new WebStorageStateStore({ store });
  const { key, value } = await endpoint.storedUser(options);
  await userStore.set(key, value);
  const stateStore = new WebStorageStateStore({ store: new InMemoryWebStorage() });
  const manager = new UserManager({ ...endpoint.settings, userStore, stateStore });
  // A test that fails before the sign-out must not leave its timers behind.
  onTestFinished(() => manager.removeUser());
  return { manager, source: oidc(manager, { signOut: 'local' }) };
}

export interface Client {
  hub: HubClient<LabHub>;
  /** Every event so far, oldest first. */
  events: HubEvent[];
  /** The types of these, for one list in order. */
  types(...wanted: HubEvent['type'][]): string[];
}

/** A client of the lab that is disposed of with the test, and records its events. */
export function createClient(url: string, options: Partial<HubOptions> = {}): Client {
  const events: HubEvent[] = [];
  const hub = createHubClient<LabHub>({
    url,
    logger: 'none',
    // Waits of a real second would only make the scenarios slow; their jitter and growth stay.
    reconnect: { baseDelay: 100, maxDelay: 1_000 },
    ...options,
    events: { '*': (event) => events.push(event), ...options.events },
    signalr: { WebSocket: WebSocket as never, ...options.signalr },
  });
  onTestFinished(() => hub.dispose());
  return {
    hub,
    events,
    types: (...wanted) => events.map(({ type }) => type).filter((type) => wanted.includes(type)),
  };
}

/** The first snapshot, from now on, that is as wanted. Rejects after `timeout` ms with the last one. */
export function until(
  hub: Pick<HubClient, 'getSnapshot' | 'subscribe'>,
  wanted: (snapshot: HubSnapshot) => boolean,
  timeout = 10_000,
): Promise<HubSnapshot> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const snapshot = hub.getSnapshot();
      if (!wanted(snapshot)) return;
      clearTimeout(timer);
      off();
      resolve(snapshot);
    };
    const off = hub.subscribe(look);
    const timer = setTimeout(() => {
      off();
      const { groups, ...rest } = hub.getSnapshot();
      reject(
        new Error(`Not within ${timeout} ms: ${wanted.toString()}; ${groups.size} groups, ${JSON.stringify(rest)}`),
      );
    }, timeout);
    look();
  });
}

/** Everything that this process did not handle, from now to the end of the test. */
export function unhandledRejections(): unknown[] {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return seen;
}

/** The next event of this type, from now on. Rejects after `timeout` ms with all that came meanwhile. */
export function nextEvent<T extends HubEvent['type']>(
  hub: Pick<HubClient, 'events'>,
  type: T,
  timeout = 10_000,
): Promise<Extract<HubEvent, { type: T }>> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    const end = (): void => {
      clearTimeout(timer);
      off();
    };
    const off = hub.events.on('*', (event) => {
      seen.push(event.type);
      if (event.type !== type) return;
      end();
      resolve(event as Extract<HubEvent, { type: T }>);
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error(`Not within ${timeout} ms: ${type}; there were ${seen.join(', ') || 'no events'}.`));
    }, timeout);
  });
}

/** The numbers of `lab.startNumbers` that this client hears, and a wait for one of them. */
export function hearNumbers(hub: HubClient<LabHub>): { heard: number[]; reaches(number: number): Promise<void> } {
  const heard: number[] = [];
  const waiting = new Set<() => void>();
  hub.on('Number', (number) => {
    heard.push(number);
    for (const look of waiting) look();
  });
  return {
    heard,
    reaches: (number) =>
      new Promise((resolve) => {
        const look = (): void => {
          if ((heard.at(-1) ?? 0) < number) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** 1, 2, … last: what a client has heard that missed nothing and heard nothing twice. */
export function everyNumberTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** Every item of a stream that ends. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
