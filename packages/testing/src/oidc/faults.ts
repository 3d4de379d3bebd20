import type { HubResponse } from '../api/http.ts';
import type { OidcEndpoint, OidcFaultOptions } from './api.ts';
import { oauthError } from './answers.ts';

/** What is broken at the moment, end point by end point. */
export interface OidcFaults {
  /** ms that each answer is late */
  delay: number;
  reject(error: string | number, options: OidcFaultOptions): () => void;
  drop(options: OidcFaultOptions): () => void;
  /** The refusal that is due, counted as used; null in it: the connection is cut; undefined: come in. */
  take(on: OidcEndpoint): HubResponse | null | undefined;
}

export function createOidcFaults(): OidcFaults {
  const rules = new Set<{ on: OidcEndpoint; left: number; answer: HubResponse | null }>();
  const add = (answer: HubResponse | null, { on = 'token', times = Infinity }: OidcFaultOptions): (() => void) => {
    const rule = { on, left: times, answer };
    rules.add(rule);
    return () => rules.delete(rule);
  };
  return {
    delay: 0,
    reject: (error, options) =>
      add(
        typeof error === 'number' ? { status: error, headers: {}, body: '' } : oauthError(error, 'The test says so'),
        options,
      ),
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
