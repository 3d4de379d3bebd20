import type { HubResponse } from '../api/http.ts';
import type { OidcEndpoint, OidcFaultOptions, OidcRejectOptions } from './api.ts';
import { oauthError } from './answers.ts';

/** What is broken at the moment, end point by end point. */
export interface OidcFaults {
  delay(ms: number, on: OidcEndpoint): void;
  /** ms that an answer is late */
  delayOf(on: OidcEndpoint): number;
  reject(error: string | number, options: OidcRejectOptions): () => void;
  drop(options: OidcFaultOptions): () => void;
  /** The refusal that is due, counted as used; null in it: the connection is cut; undefined: come in. */
  take(on: OidcEndpoint): HubResponse | null | undefined;
}

export function createOidcFaults(): OidcFaults {
  const rules = new Set<{ on: OidcEndpoint; left: number; answer: HubResponse | null }>();
  const delays = new Map<OidcEndpoint, number>();
  const add = (answer: HubResponse | null, { on = 'token', times = Infinity }: OidcFaultOptions): (() => void) => {
    const rule = { on, left: times, answer };
    rules.add(rule);
    return () => rules.delete(rule);
  };
  return {
    delay: (ms, on) => void delays.set(on, ms),
    delayOf: (on) => delays.get(on) ?? 0,
    reject(error, { description, headers = {}, ...options }) {
      const answer =
        typeof error === 'number' ? { status: error, headers: {}, body: '' } : oauthError(error, description);
      return add({ ...answer, headers: { ...answer.headers, ...headers } }, options);
    },
    drop: (options) => add(null, options),
    take(on) {
      for (const rule of rules) {
        if (rule.on !== on || rule.left <= 0) continue;
        rule.left -= 1;
        return rule.answer;
      }
      return undefined;
    },
  };
}
