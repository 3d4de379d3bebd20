import type { Gate, Link } from '../link/link.js';
import type { HubLogger } from '../vocabulary/log.js';
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
  /** For the new link: holds. Where the server waits for a result, handlers are called at once. */
  readonly hold: Gate;
  /** From now on the new link hears whatever the old one hears. */
  joined(): void;
  /** From now on the old link need not hear what the new one does. */
  leaving(): void;
  /**
   * Delivers what was held, in order; returns how many were duplicates.
   * @param complete the old link has delivered all that it was sent: it did not die
   */
  release(complete: boolean): number;
}

/**
 * With `messageId` exact; without it contents are counted. Until the old link leaves it hears whatever the new one hears,
 * so each message held until then has a twin. Later ones have one only if the old link heard it while the new one was in
 * every group already; an older message of the same content must not hide them: in doubt a duplicate, never a loss.
 */
export function createGate(
  { messageId }: Pick<HubOptions, 'messageId'>,
  logger: HubLogger,
  overflow: () => void,
): Overlapping {
  /** How often each was heard: before, and since, the new link was in every group. */
  const heard = [new Map<string, number>(), new Map<string, number>()] as const;
  const held: { key: string; exact: boolean; phase: 0 | 1; left: boolean; deliver: () => unknown }[] = [];
  let phase: 0 | 1 = 0;
  let left = false;

  function keyOf(method: string, args: unknown[]): { key: string; exact: boolean } {
    let id: string | undefined;
    try {
      id = messageId?.(method, args);
    } catch (error) {
      // The app’s own code may throw; no message is lost for that.
      logger.log('error', `\`messageId\` threw: ${String(error)}`);
    }
    const exact = id !== undefined;
    return { key: exact ? `${method} id ${id}` : `${method} ${contentOf(args)}`, exact };
  }

  return {
    watch(method, args, deliver, wanted) {
      // What the server asks of one link, the other one is not asked.
      if (!wanted) {
        const { key } = keyOf(method, args);
        heard[phase].set(key, (heard[phase].get(key) ?? 0) + 1);
      }
      return deliver();
    },
    hold(method, args, deliver, wanted) {
      if (wanted) return deliver();
      held.push({ ...keyOf(method, args), phase, left, deliver });
      if (held.length > capacity) overflow();
      return undefined;
    },
    joined() {
      phase = 1;
    },
    leaving() {
      left = true;
    },
    release(complete) {
      const [before, since] = heard;
      let duplicates = 0;
      for (const { key, deliver, ...when } of held.splice(0)) {
        // What a link that died was sent last, it may not have delivered.
        const phases = when.exact || !when.phase ? heard : when.left || !complete ? [since] : [since, before];
        const twins = phases.find((copies) => copies.get(key));
        if (!twins) deliver();
        else {
          twins.set(key, twins.get(key)! - 1);
          duplicates += 1;
        }
      }
      return duplicates;
    },
  };
}

/** Out here it holds nothing: made below, it would hold each link’s successor, and that one the next. */
const silence: Gate = () => undefined;

/** The gate of both links, put up; and taken away from the one that goes on. What the other one still hears is a repetition. */
export function standBetween(gate: Overlapping, old: Link, successor: Link): (remains: Link) => void {
  old.gate = gate.watch;
  successor.gate = gate.hold;
  return (remains) => {
    old.gate = successor.gate = silence;
    remains.gate = null;
  };
}

/** Binary protocols bring what JSON has no word for. */
function contentOf(args: unknown[]): string {
  return JSON.stringify(args, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? `bytes ${value.join()}` : value,
  );
}
