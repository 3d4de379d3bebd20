/// <reference types="node" />
import { setMaxListeners } from 'node:events';
import type { WebSocketConstructor } from '@org/hub-core';
import { WebSocket } from 'ws';
import { watchResources } from '../../e2e/open-resources.ts';

/** What a client may leave behind in this process. */
export interface Counts {
  /** On the page. */
  listeners: number;
  timers: number;
  sockets: number;
  /** To other tabs. */
  channels: number;
}

export interface Watch {
  /** For `signalr.WebSocket`. */
  readonly WebSocket: WebSocketConstructor;
  counts(): Counts;
  /** Where the timers were started. */
  timers(): string[];
  restore(): void;
}

/** The hub may be in this process, and has timers of its own; fetch keeps connections alive. Neither is the client's. */
const others = /\/bench\/|\/packages\/testing\/|node:internal\/deps\/undici/;

/** Counts from now on. Node has no page: here it has one that can be listened to. */
export function watch(): Watch {
  const resources = watchResources(WebSocket, others);
  const page = watchListeners();
  const channels = watchChannels();
  return {
    WebSocket: resources.WebSocket as never,
    counts: () => ({
      listeners: page.count(),
      timers: resources.timers().length,
      sockets: resources.sockets(),
      channels: channels.count(),
    }),
    timers: resources.timers,
    restore() {
      resources.restore();
      page.restore();
      channels.restore();
    },
  };
}

function watchListeners(): { count(): number; restore(): void } {
  const { addEventListener, removeEventListener } = globalThis as Partial<typeof globalThis>;
  const page = addEventListener ? globalThis : new EventTarget();
  // Many clients listen to it, a few times each: no reason for a warning.
  if (!addEventListener) setMaxListeners(0, page);
  const add = (addEventListener ?? page.addEventListener).bind(page) as EventTarget['addEventListener'];
  const remove = (removeEventListener ?? page.removeEventListener).bind(page) as EventTarget['removeEventListener'];
  /** As a page does: the same one twice is one. */
  const heard = new Map<string, Set<unknown>>();
  const heardAs = (type: string): Set<unknown> => {
    const set = heard.get(type) ?? new Set();
    heard.set(type, set);
    return set;
  };
  Object.assign(globalThis, {
    addEventListener(...[type, listener, options]: Parameters<EventTarget['addEventListener']>) {
      heardAs(type).add(listener);
      add(type, listener, options);
    },
    removeEventListener(...[type, listener, options]: Parameters<EventTarget['removeEventListener']>) {
      heardAs(type).delete(listener);
      // Node 20 takes a boolean for `capture` where a listener is added, and ignores it where it is removed.
      remove(type, listener, typeof options === 'boolean' ? { capture: options } : options);
    },
  });
  return {
    count: () => [...heard.values()].reduce((sum, { size }) => sum + size, 0),
    restore: () => void Object.assign(globalThis, { addEventListener, removeEventListener }),
  };
}

function watchChannels(): { count(): number; restore(): void } {
  const { BroadcastChannel } = globalThis;
  let open = 0;
  globalThis.BroadcastChannel = class extends BroadcastChannel {
    #isOpen = true;

    constructor(name: string) {
      super(name);
      open += 1;
    }

    override close(): void {
      if (this.#isOpen) open -= 1;
      this.#isOpen = false;
      super.close();
    }
  };
  return {
    count: () => open,
    restore: () => void (globalThis.BroadcastChannel = BroadcastChannel),
  };
}
