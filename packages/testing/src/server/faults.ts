import { createDeferred } from '../platform/deferred.ts';
import type { Deferred } from '../platform/deferred.ts';
import type { Entrance, RejectOptions } from '../api/hub.ts';
import type { HubRequest, HubResponse } from '../api/http.ts';

/** What is broken at the moment. Pipes and entrances look here; only the hub's handles change it. */
export interface Faults {
  /** Nothing listens. */
  down: boolean;
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
  const refusedGroups = new Map<string, string>();

  return {
    down: false,
    delay: 0,
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
      refusedGroups.set(name, text);
      return () => refusedGroups.delete(name);
    },
    groupRefusal: (name) => refusedGroups.get(name),
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
