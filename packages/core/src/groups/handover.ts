import type { Link } from '../link/link.js';
import type { HubError } from '../vocabulary/errors.js';
import type { ResolvedOptions } from '../vocabulary/options.js';
import { type Group, groupError, type LedgerInside } from './group-ledger.js';

/** The groups, while one link takes another’s place. */
export interface GroupHandover {
  /**
   * Joins what the old link holds on the new one. A refusal is an outcome: the new token may allow less.
   * @throws HubError where a join failed otherwise
   */
  join(): Promise<void>;
  /** The new link is the one from now on, less the groups that refused it. */
  take(): void;
  /** The old link stays. */
  giveUp(): void;
}

/**
 * From now on groups are joined on the old link first and left on the new one first, so that the new one never holds more
 * than the old one: what it hears, the old one hears too.
 */
export function handOverGroups(
  ledger: LedgerInside,
  { joinMany, concurrency }: ResolvedOptions['groups'],
  from: Link,
  to: Link,
): GroupHandover {
  const alone = ledger.call;
  const refused = new Map<Group, HubError>();
  /** What the new link is in, or was asked to be. None before `join()`, which waits for `prepare`; and none afterwards. */
  let there: Set<string> | undefined;

  /** One that cannot follow is of no use as a successor. One that has not joined yet has nothing to follow in. */
  const follow = async (what: 'join' | 'leave', group: string): Promise<void> => {
    if (what === 'join' ? there?.add(group) : there?.delete(group))
      await ledger.limited(alone(what, group, to), group).catch(to.abandon);
  };

  ledger.call = async (what, group, on) => {
    if (on === from && what === 'leave') await follow(what, group);
    await alone(what, group, on);
    if (on === from && what === 'join') await follow(what, group);
  };

  async function joinOne(group: Group): Promise<void> {
    try {
      // Also one that nobody wants any more: it may be wanted again, and else is left on both when its turn comes.
      await ledger.limited(alone('join', group.name, to), group.name);
    } catch (thrown) {
      const error = groupError(group.name, thrown);
      if (error.code !== 'group-forbidden') throw error;
      refused.set(group, error);
    }
  }

  async function joinAll(held: readonly Group[]): Promise<void> {
    const names = held.map(({ name }) => name);
    there = new Set(names);
    if (joinMany && held.length) {
      const call = typeof joinMany === 'string' ? to.context.invoke(joinMany, names) : joinMany(names, to.context);
      try {
        await ledger.limited(call, names.join());
        return;
      } catch {
        // One refused group may have failed them all: each is asked for by itself and gets its own outcome.
      }
    }
    const rest = held.values();
    const joinNext = async (): Promise<void> => {
      for (const group of rest) await joinOne(group);
    };
    await Promise.all(Array.from({ length: concurrency }, joinNext));
  }

  async function join(): Promise<void> {
    // What is being worked for comes to the new link by itself, or late; the others wait while they are joined on it.
    const held = [...ledger.groups.values()].filter((group) => group.held && group.work === undefined);
    for (const group of held) group.work = from;
    try {
      await joinAll(held);
    } finally {
      for (const group of held) {
        if (group.work !== from) continue;
        group.work = undefined;
        void ledger.reconcile(group);
      }
    }
  }

  function giveUp(): void {
    ledger.call = alone;
    there = undefined;
  }

  return {
    join,
    take() {
      ledger.use(to);
      for (const [group, error] of refused) {
        group.held = false;
        ledger.fail(group, error);
      }
      for (const group of ledger.groups.values()) {
        // What this link was never asked to join, it does not hold: its join began before all this, and is late here.
        if (group.held && !there!.has(group.name)) {
          group.held = false;
          group.failures = 1;
        }
        // What was under way on the old link no longer counts.
        group.work = undefined;
        void ledger.reconcile(group);
      }
      giveUp();
    },
    giveUp,
  };
}
