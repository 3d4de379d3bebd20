import type { Gate, Link } from '../link/link.js';
import type { HubOptions } from '../vocabulary/options.js';

/** Messages held back at most, before an overlap is given up. */
const capacity = 10_000;

/**
 * While two links overlap, the old one alone delivers and the new one is held back; then what was held is delivered, less
 * what the old one delivered already.
 */
export interface Overlapping {
  /** For the old link: notes what it delivers. */
  readonly watch: Gate;
  /** For the new link: holds. The server waits for the answer of a result handler, so that is called at once. */
  readonly hold: Gate;
  /** From now on the new link hears whatever the old one hears. */
  joined(): void;
  /** From now on the old link need not hear what the new one does. */
  leaving(): void;
  /** Delivers what was held, in order; returns how many were duplicates. */
  release(): number;
}

/**
 * With `messageId` exact; without it contents are counted. Until the old link leaves it hears whatever the new one hears,
 * so each message held until then has a twin. Later ones have one only if the old link heard it while the new one was in
 * every group already; an older message of the same content must not hide them: in doubt a duplicate, never a loss.
 */
export function createGate(
  { messageId }: Pick<HubOptions, 'messageId'>,
  answers: (method: string) => boolean,
  overflow: () => void,
): Overlapping {
  /** How often each was heard: before, and since, the new link was in every group. */
  const heard = [new Map<string, number>(), new Map<string, number>()] as const;
  const held: { key: string; twins: readonly (0 | 1)[]; deliver: () => unknown }[] = [];
  let phase: 0 | 1 = 0;
  let left = false;

  function keyOf(method: string, args: unknown[]): string {
    const id = messageId?.(method, args);
    return id === undefined ? `${method} ${contentOf(args)}` : `${method} id ${id}`;
  }

  function takeTwin(key: string, phases: readonly (0 | 1)[]): boolean {
    for (const at of phases) {
      const copies = heard[at].get(key);
      if (!copies) continue;
      heard[at].set(key, copies - 1);
      return true;
    }
    return false;
  }

  return {
    watch(method, args, handler) {
      const key = keyOf(method, args);
      heard[phase].set(key, (heard[phase].get(key) ?? 0) + 1);
      return handler(...args);
    },
    hold(method, args, handler) {
      if (answers(method)) return handler(...args);
      const twins = left ? ([1] as const) : phase ? ([1, 0] as const) : ([0, 1] as const);
      held.push({ key: keyOf(method, args), twins, deliver: () => handler(...args) });
      if (held.length > capacity) overflow();
      return undefined;
    },
    joined() {
      phase = 1;
    },
    leaving() {
      left = true;
    },
    release() {
      let duplicates = 0;
      for (const { key, twins, deliver } of held.splice(0)) {
        if (takeTwin(key, twins)) duplicates += 1;
        else deliver();
      }
      return duplicates;
    },
  };
}

/** The gate of both links, put up and taken away. */
export function standBetween(gate: Overlapping, old: Link, successor: Link): () => void {
  old.gate = gate.watch;
  successor.gate = gate.hold;
  return () => {
    old.gate = successor.gate = null;
  };
}

/** Binary protocols bring what JSON has no word for. */
function contentOf(args: unknown[]): string {
  return JSON.stringify(args, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? `bytes ${value.join()}` : value,
  );
}
