/// <reference types="node" />
import { getEventListeners, setMaxListeners } from 'node:events';
import { tokenFrom, type HubClient, type HubError, type TokenChange, type TokenSource } from '@org/hub-core';
import type { Routine, Server } from './routine.ts';

/** Every third one is stopped while it starts. */
export const starts: Routine = {
  name: 'start and stop',
  async begin({ server, createClient }) {
    const hub = createClient({ auth: tokenFrom(() => server.issue(3600)) });
    hub.join('news');
    hub.on('Number', () => {});
    return {
      async once(index) {
        const started = hub.start().catch(() => {});
        if (index % 3 !== 2) await started;
        await hub.stop();
        await started;
      },
      end: () => hub.dispose(),
    };
  },
};

/** While somebody else is there, and while nobody is. */
export const users: Routine = {
  name: 'sign in as another user; every second time after a logout',
  async begin({ server, createClient }) {
    const { source, signIn, listeners } = createUsers(server);
    const hub = createClient({ auth: source });
    hub.join('news');
    hub.on('Number', () => {});
    await signIn('user');
    await hub.start();
    return {
      async once(index) {
        if (index % 2 === 0) await hub.logout();
        await signIn(`user-${index}`);
        await whenUser(hub, `user-${index}`);
      },
      listeners,
      end: () => hub.dispose(),
    };
  },
};

/** Ever new names; some are left before the server has answered, some are joined twice. */
export const groups: Routine = {
  name: 'join and leave a group of another name',
  async begin({ server, createClient }) {
    const hub = createClient({ auth: tokenFrom(() => server.issue(3600)) });
    await hub.start();
    return {
      async once(index) {
        const group = hub.join(`room-${index}`);
        if (index % 3 !== 0) await group.ready;
        const again = index % 3 === 1 ? hub.join(group.name) : group;
        await Promise.all([group.leave(), again.leave()]);
      },
      end: () => hub.dispose(),
    };
  },
};

/** With a signal that outlives them, and one of their own: answered, too late, cancelled; and the same with streams. */
export const calls: Routine = {
  name: 'calls and streams with a signal and a time limit (answered, late, cancelled, never sent)',
  async begin({ server, createClient }) {
    const hub = createClient({ auth: tokenFrom(() => server.issue(3600)) });
    // Never started: what is asked of it is refused.
    const idle = createClient({ auth: tokenFrom(() => server.issue(3600)) });
    const { signal } = new AbortController();
    // Many calls of many lanes at once: no reason for a warning.
    setMaxListeners(0, signal);
    await hub.start();
    return {
      async once(index) {
        const own = new AbortController();
        const over = [
          hub.with({ signal, timeout: 30_000 }).invoke('Echo', index),
          hub.with({ signal, timeout: 30_000 }).send('Echo', index),
          readAll(hub.with({ signal }).stream('Count', 2, 1)),
          readOne(hub.with({ signal }).stream('Count', 1e9, 1)),
          fails('timeout', hub.with({ signal, timeout: 1 }).invoke('Echo', index, 200)),
          fails('aborted', hub.with({ signal: own.signal }).invoke('Echo', index, 5)),
          fails('aborted', readAll(hub.with({ signal: own.signal }).stream('Count', 1e9, 1))),
          fails('closed', idle.with({ signal, timeout: 30_000 }).invoke('Echo', index)),
        ];
        own.abort();
        await Promise.all(over);
      },
      listeners: () => getEventListeners(signal, 'abort').length,
      end: () => Promise.all([hub.dispose(), idle.dispose()]),
    };
  },
};

/** Some share a source, some have one of their own; a signal outlives them. */
export const clients: Routine = {
  name: 'create and dispose of a client (in turn never started, started, disposed of while it starts)',
  async begin({ server, createClient }) {
    const shared = createUsers(server);
    await shared.signIn('user');
    const { signal } = new AbortController();
    return {
      async once(index) {
        const hub = createClient({ auth: index % 2 === 0 ? shared.source : tokenFrom(() => server.issue(3600)) });
        hub.on('Number', () => {});
        hub.events.on('*', () => {});
        hub.subscribe(() => {});
        hub.join('news');
        const started = index % 3 === 0 ? null : hub.start({ signal }).catch(() => {});
        if (index % 3 === 1) await started;
        await hub.dispose();
        await started;
      },
      listeners: () => shared.listeners() + getEventListeners(signal, 'abort').length,
      end: async () => {},
    };
  },
};

interface Users {
  source: TokenSource;
  signIn(user: string): Promise<void>;
  listeners(): number;
}

/** Tells of who comes and goes, and shares that with other tabs. */
function createUsers(server: Server): Users {
  const listeners = new Set<(change: TokenChange) => void>();
  let credentials: { token: string; userId: string } | null = null;
  const tell = (change: TokenChange): void => [...listeners].forEach((listener) => listener(change));
  return {
    source: {
      key: 'leaks',
      getToken: async () => credentials,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      async signOut() {
        credentials = null;
        tell('signed-out');
      },
    },
    async signIn(userId) {
      credentials = { token: await server.issue(3600), userId };
      tell('signed-in');
    },
    listeners: () => listeners.size,
  };
}

function whenUser(hub: HubClient, user: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { status, userId } = hub.getSnapshot();
      if (status !== 'connected' || userId !== user) return;
      off();
      resolve();
    };
    const off = hub.subscribe(look);
    look();
  });
}

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

async function readOne(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) return;
}

async function fails(code: HubError['code'], call: Promise<unknown>): Promise<void> {
  const seen = await call.then(
    () => 'an answer',
    (error: HubError) => error.code,
  );
  if (seen !== code) throw new Error(`${seen} instead of ${code}.`);
}
