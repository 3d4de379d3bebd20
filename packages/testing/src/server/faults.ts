import { createDeferred } from '../platform/deferred.ts';
import type { Deferred } from '../platform/deferred.ts';
import type { Entrance, RejectOptions } from '../api/hub.ts';
import type { HubRequest, HubResponse } from '../api/http.ts';

/** What is broken at the moment. Pipes and entrances look here; only the hub's handles change it. */
export interface Faults {
  /** The process dies: nothing listens, and whoever waits for its answer waits in vain. */
  goDown(): void;
  /** Another process takes its place. */
  comeUp(): void;
  /** Null as soon as the process dies that is there now. @param work shall ask `isOver` after each wait */
  inThisLife<T>(work: (isOver: () => boolean) => Promise<T | null>): Promise<T | null>;
  /** ms that each answer is late. */
  delay: number;
  readonly frozen: boolean;
  freeze(): void;
  thaw(): void;
  /** Resolves at once unless frozen. */
  whenThawed(): Promise<void>;
  /** Told after the change. */
  onIce(listener: (frozen: boolean) => void): () => void;
  reject(status: number, options: RejectOptions): () => void;
  /** The refusal that is due, counted as used; null: come in. */
  takeRejection(on: Entrance, request: HubRequest): HubResponse | null;
  refuseGroup(name: string, text: string): () => void;
  /** The text of the refusal, if any. */
  groupRefusal(name: string): string | undefined;
}

interface Rejection {
  on: readonly Entrance[];
  filter: (request: HubRequest) => boolean;
  left: number;
  response: HubResponse;
}

export function createFaults(): Faults {
  let ice: Deferred<void> | null = null;
  const iceListeners = new Set<(frozen: boolean) => void>();
  const rejections = new Set<Rejection>();
  const groupRefusals = new Set<{ name: string; text: string }>();
  /** The process, by those who wait for it; null: there is none. */
  let life: Set<() => void> | null = new Set();

  return {
    delay: 0,
    goDown() {
      const ended = life;
      life = null;
      for (const tell of ended ?? []) tell();
    },
    comeUp() {
      life ??= new Set();
    },
    inThisLife(work) {
      const mine = life;
      if (!mine) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        const die = (): void => resolve(null);
        mine.add(die);
        void work(() => life !== mine)
          .then(resolve, reject)
          .finally(() => mine.delete(die));
      });
    },
    get frozen() {
      return ice !== null;
    },
    freeze() {
      if (ice) return;
      ice = createDeferred();
      for (const listener of [...iceListeners]) listener(true);
    },
    thaw() {
      if (!ice) return;
      const melting = ice;
      ice = null;
      for (const listener of [...iceListeners]) listener(false);
      melting.resolve();
    },
    whenThawed: () => ice?.promise ?? Promise.resolve(),
    onIce(listener) {
      iceListeners.add(listener);
      return () => iceListeners.delete(listener);
    },
    reject(status, { on = 'negotiate', filter = () => true, times = Infinity, headers, body = '' }) {
      const challenge: Record<string, string> = status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
      const rule: Rejection = {
        on: typeof on === 'string' ? [on] : on,
        filter,
        left: times,
        response: { status, headers: { ...challenge, ...headers }, body },
      };
      rejections.add(rule);
      return () => rejections.delete(rule);
    },
    takeRejection(on, request) {
      for (const rule of rejections) {
        if (!rule.on.includes(on) || rule.left <= 0 || !picks(rule, request)) continue;
        rule.left -= 1;
        return rule.response;
      }
      return null;
    },
    refuseGroup(name, text) {
      const rule = { name, text };
      groupRefusals.add(rule);
      return () => groupRefusals.delete(rule);
    },
    groupRefusal: (name) => [...groupRefusals].findLast((rule) => rule.name === name)?.text,
  };
}

/** A filter is test code: its failure must not change what the hub does to its clients. */
function picks({ filter }: Rejection, request: HubRequest): boolean {
  try {
    return filter(request);
  } catch (error) {
    console.error("A filter of the test hub's reject() failed.", error);
    return false;
  }
}
