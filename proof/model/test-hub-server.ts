/// <reference types="node" />
import {
  type AnyHubContract,
  createTestHub,
  type Entrance,
  HubException,
  HubRejection,
  type HubCall,
} from '@org/hub-testing';
import type { Issued } from './accounts.ts';
import type { Door, Server } from './server.ts';
import type { Doors } from './wire.ts';

type Call = HubCall<AnyHubContract>;

export interface TestHubServer extends Server {
  readonly url: string;
  readonly doors: Doors;
  issue(user: string, lifetime: number): Issued;
}

export interface TestHubSettings {
  closeAtExpiry: boolean;
  renewable: boolean;
  visitors: boolean;
}

const doorways: Record<Door, Entrance[]> = {
  negotiate: ['negotiate'],
  connect: ['upgrade', 'events', 'poll'],
  refresh: ['refresh'],
};

/** The test hub in this process: nothing lies in between but promises, and time is whatever the clock says. */
export function createTestHubServer({ closeAtExpiry, renewable, visitors }: TestHubSettings): TestHubServer {
  const users = new Map<string, { userId: string; expiresAt: number }>();
  const ran: string[] = [];
  const lifts: (() => void)[] = [];
  const failing = new Map<string, number>();
  const revoked = new Set<string>();
  let count = 0;
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    });

  async function joins(call: Call, group: string): Promise<void> {
    const left = failing.get(group) ?? 0;
    failing.set(group, left - 1);
    if (left > 0) throw new Error('The database is down.');
    await call.groups.add(group);
  }

  const hub = createTestHub({
    closeOnAuthenticationExpiration: closeAtExpiry,
    enableAuthenticationRefresh: renewable,
    anonymous: visitors,
    maximumParallelInvocationsPerClient: 5,
    authenticate({ token }) {
      if (token === null) return null;
      const user = users.get(token);
      if (!user || user.expiresAt <= Date.now() || revoked.has(token)) {
        throw new HubRejection(401, { challenge: 'Bearer error="invalid_token"' });
      }
      return user;
    },
    methods: {
      async Slow(_: Call, ms: number, tag: string) {
        ran.push(tag);
        await sleep(ms);
        return tag;
      },
      JoinGroup: joins,
      async JoinGroups(call: Call, groups: string[]) {
        for (const group of groups) await joins(call, group);
      },
      LeaveGroup: (call: Call, group: string) => call.groups.remove(group),
      Fail(_: Call, kind: string) {
        throw kind === 'hub' ? new HubException('You cannot do that.') : new Error('A secret of the server.');
      },
      async Collect(_: Call, __: string, numbers: AsyncIterable<number>) {
        const all: number[] = [];
        for await (const number of numbers) all.push(number);
        return all;
      },
    },
    streams: {
      async *Counter({ signal }: Call, upTo: number, delay: number) {
        for (let number = 1; number <= upTo && !signal.aborted; number += 1) {
          await sleep(delay, signal);
          yield number;
        }
      },
      async *Ticks({ signal }: Call, _: string, delay: number) {
        for (let number = 1; !signal.aborted; number += 1) {
          yield number;
          await sleep(delay, signal);
        }
      },
    },
  });
  const { url, fetch, WebSocket, EventSource } = hub.inProcess();

  return {
    name: 'test hub',
    url,
    doors: { fetch, WebSocket, EventSource } as Doors,
    issue(user, lifetime) {
      // As random as a real one, so that a part of it is told from everything else.
      const token = `SeCrEt${String(++count).padStart(12, '0')}${user}ToKeN`;
      const expiresAt = Date.now() + lifetime;
      users.set(token, { userId: user, expiresAt });
      return { token, expiresAt };
    },
    async connections() {
      return hub.connections().map(({ id, userId, groups }) => ({ connectionId: id, userId, groups: [...groups] }));
    },
    ran: async () => ran,
    broadcast: (number) => hub.clients.all.send('Number', number),
    toGroup: (group, number) => hub.clients.group(group).send('GroupMessage', group, String(number)),
    toUser: (user) => hub.clients.user(user).send('Private', user),
    async ask() {
      for (const { id } of hub.connections())
        hub.clients
          .client(id)
          .invoke('Asked', 1)
          .catch(() => {});
    },
    drop: async () => hub.drop(),
    close: (how) => hub.close(how),
    restart: (downFor) => hub.restart({ downFor }),
    async reject(status, on, times) {
      lifts.push(hub.reject(status, { on: doorways[on], times }));
    },
    async refuseGroup(group) {
      lifts.push(hub.refuseGroup(group));
    },
    async failGroup(group, times) {
      failing.set(group, times);
    },
    async revoke() {
      for (const token of users.keys()) revoked.add(token);
    },
    special: {
      freeze: hub.freeze,
      thaw: hub.thaw,
      delay: hub.delay,
      garbage: (seed) => hub.garbage({ seed }),
      expire: hub.expire,
      cutAfter: (bytes) => void lifts.push(hub.cutAfter(bytes)),
    },
    async heal() {
      for (const lift of lifts.splice(0)) lift();
      failing.clear();
      hub.thaw();
      hub.delay(0);
    },
    stop: () => hub.dispose(),
  };
}
