/// <reference types="node" />
import { InMemoryWebStorage } from 'oidc-client-ts';
import { onTestFinished, vi } from 'vitest';

/** Where in all that was told a part of a token stands: 16 characters are enough to be one. */
export function leaks(told: unknown, tokens: ReadonlySet<string>): string[] {
  const parts = new Set([...tokens].flatMap((token) => pieces(token)));
  return textsOf(told).flatMap((text) => {
    const at = pieces(text).findIndex((piece) => parts.has(piece));
    return at < 0 ? [] : [text.slice(Math.max(0, at - 100), at + 16)];
  });
}

function pieces(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 15) }, (_, start) => text.slice(start, start + 16));
}

/** Every text that can be reached: own properties (an error's message, stack and cause are some), maps, sets, JSON. */
function textsOf(root: unknown): string[] {
  const texts = new Set<string>();
  const seen = new Set<unknown>();
  const queue: unknown[] = [root];
  for (const value of queue) {
    if (typeof value === 'string') texts.add(value);
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
    seen.add(value);
    // What holds the user is the app's and oidc-client-ts's own.
    if (value.constructor.name === 'UserManager') continue;
    texts.add(JSON.stringify(value, withoutCycles()) ?? '');
    if (value instanceof Map || value instanceof Set) queue.push(...value.entries());
    for (const key of Reflect.ownKeys(value)) queue.push(String(key), Reflect.get(value, key));
  }
  return [...texts];
}

function withoutCycles(): (key: string, value: unknown) => unknown {
  const seen = new Set<unknown>();
  return (_, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value) || value.constructor?.name === 'UserManager') return undefined;
    seen.add(value);
    return value;
  };
}

/** Each token that is given out from now on: the provider's as they are stored, the hub's as negotiate tells them. */
export function collectTokens(): { tokens: Set<string>; store: Storage; fetch: typeof globalThis.fetch } {
  const tokens = new Set<string>();
  const store = new (class extends InMemoryWebStorage {
    override setItem(key: string, value: string): void {
      const user = JSON.parse(value) as Record<string, unknown>;
      for (const name of ['access_token', 'refresh_token', 'id_token']) tokens.add(String(user[name]));
      super.setItem(key, value);
    }
  })();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    // Only negotiate has one; a renewal in place answers without.
    const { connectionToken } = (response.ok ? await response.clone().json() : {}) as { connectionToken?: string };
    if (connectionToken !== undefined) tokens.add(connectionToken);
    return response;
  };
  return { tokens, store, fetch };
}

/** Everything that is printed from now on, whatever the level. */
export function captureConsole(): unknown[] {
  const printed: unknown[] = [];
  for (const level of ['trace', 'debug', 'log', 'info', 'warn', 'error'] as const) {
    const spy = vi.spyOn(console, level).mockImplementation((...args) => void printed.push(...(args as unknown[])));
    onTestFinished(() => spy.mockRestore());
  }
  return printed;
}
