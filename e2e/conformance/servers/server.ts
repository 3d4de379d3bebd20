import type { InProcess, TokenClaims } from '@org/hub-testing';

/** The hubs of a server, each at a path of its own: the same methods under other options, or with other ways to connect and to leave. */
export const variants = [
  'plain',
  'leaving',
  'failing-to-leave',
  'refusing',
  'refusing-kindly',
  'refusing-late',
  'aborting',
  'arriving',
  'greeting',
  'detailed',
  'detailed-refusing',
  'crowd',
  'small',
  'detailed-small',
  'unlimited',
  'parallel',
  'quick',
  'strict',
  'detailed-strict',
  'hasty',
  'secured',
  'staff',
  'expiring',
  'web-sockets-only',
  'long-polling-only',
  'short-polls',
  'refreshing',
  'not-refreshing',
] as const;
export type Variant = (typeof variants)[number];

/** What happened on the server, as hub methods tell it. */
export interface Fact {
  fact: string;
  connectionId: string;
  text: string;
}

export interface ConformanceServer {
  readonly name: string;
  url(variant: Variant): string;
  /** A signed token that the server accepts. */
  token(claims: TokenClaims): Promise<string>;
  /** Lets everything pass that waits for this gate, or will. */
  open(gate: string): Promise<void>;
  /** The first such fact, past or to come. */
  fact(fact: string, connectionId: string): Promise<Fact>;
  /** Ways to a hub that is reached without a port. */
  at?(variant: Variant): InProcess;
  close(): Promise<void>;
}

/** Facts in the order they came, for those who wait for one. */
export function createFacts(): {
  add(fact: Fact): void;
  find(fact: string, connectionId: string): Promise<Fact>;
} {
  const known: Fact[] = [];
  const waiting = new Set<() => void>();
  return {
    add(fact) {
      known.push(fact);
      for (const look of waiting) look();
    },
    find(name, connectionId) {
      return new Promise((resolve) => {
        const look = (): void => {
          const found = known.find((fact) => fact.fact === name && fact.connectionId === connectionId);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
  };
}
