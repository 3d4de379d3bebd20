import type { Link } from '../link/link.js';
import { after, random, settledWithin } from '../platform/clock.js';
import { type Deferred, deferred } from '../platform/deferred.js';
import { backoffDelay } from '../platform/backoff.js';
import { asError, HubError } from '../vocabulary/errors.js';
import { type GroupsCall, type ResolvedOptions, retryLimits } from '../vocabulary/options.js';
import type { GroupState } from '../vocabulary/snapshot.js';

/** One wish to be in a group. */
export interface GroupHandle {
  readonly name: string;
  readonly state: GroupState;
  /** Resolves once joined; rejects on refusal or leave. It never becomes an unhandled rejection. */
  readonly ready: Promise<void>;
  /** Tries a refused group again. */
  retry(): void;
  /** Gives the wish back; resolves when no live connection holds the group for us any more. Idempotent. */
  leave(): Promise<void>;
}

export type GroupNews =
  | { type: 'groupJoined'; group: string; late: boolean }
  | { type: 'groupFailed'; group: string; error: HubError }
  | { type: 'groupLeft'; group: string };

/**
 * What is *wanted* is one ref-counted set; what is *joined* belongs to a link. There is one operation at a time for each
 * (link, group), and when it ends both are compared again: a late answer never decides, the wanted set does.
 */
export interface GroupLedger {
  join(name: string): GroupHandle;
  /** Joins every wanted group on a new link; resolves when each has an outcome, or the time for it is over. */
  attach(link: Link): Promise<{ joined: number; failed: number }>;
  /**
   * The link is gone, and with it every group that it held.
   * @param asAnother the user has changed: what was refused to one may be open to the other
   */
  detach(asAnother?: boolean): void;
  states(): ReadonlyMap<string, GroupState>;
  /** No group is wanted any more, and none will be. */
  dispose(): void;
  /** For `handover.ts` alone, which is loaded when a link takes another’s place. */
  readonly inside: LedgerInside;
}

export interface LedgerInside {
  readonly groups: ReadonlyMap<string, Group>;
  /** The hub’s part of joining and leaving. */
  call(what: 'join' | 'leave', group: string, on: Link): Promise<unknown>;
  reconcile(group: Group): Promise<void>;
  fail(group: Group, error: HubError): void;
  limited(promise: Promise<unknown>, group: string): Promise<unknown>;
  /** What is held by the link is held by this one. */
  use(link: Link): void;
}

export interface Group {
  readonly name: string;
  wishes: number;
  state: GroupState;
  /** What the current link holds, as far as the server has told us. */
  held: boolean;
  /** The link that it is being worked for; work for a link that is gone no longer counts. Undefined: none. */
  work: Link | null | undefined;
  /** Failed tries in a row. */
  failures: number;
  /** Resolved, and made anew, whenever something happened to the group. */
  news: Deferred;
}

const joining: GroupState = Object.freeze({ status: 'joining', error: null });
const joined: GroupState = Object.freeze({ status: 'joined', error: null });

export function createGroupLedger(
  options: ResolvedOptions['groups'],
  changed: () => void,
  tell: (news: GroupNews) => void,
): GroupLedger {
  const { timeout } = options;
  const groups = new Map<string, Group>();
  let link: Link | null = null;
  let published: ReadonlyMap<string, GroupState> | null = new Map();
  let disposed = false;
  const inside: LedgerInside = {
    groups,
    call(what, group, on) {
      const how = options[what];
      return typeof how === 'string' ? on.context.invoke(how, group) : how(group, on.context);
    },
    reconcile,
    fail,
    limited,
    use(to) {
      link = to;
    },
  };

  /** Wakes whoever waits for the group; one change of the snapshot for all that happens in a tick. */
  function touch(group: Group, state = group.state): void {
    group.state = state;
    group.news.resolve();
    group.news = deferred();
    if (published) queueMicrotask(changed);
    published = null;
  }

  async function until(group: Group, settled: () => unknown): Promise<void> {
    while (!settled()) await group.news.promise;
  }

  const isKnown = (group: Group): boolean => groups.get(group.name) === group;

  async function whenReady(group: Group): Promise<void> {
    await until(group, () => group.state === joined || isFinal(group) || !isKnown(group));
    if (!isKnown(group)) throw new HubError('aborted', `The group '${group.name}' was left.`, { group: group.name });
    if (group.state.error) throw group.state.error;
  }

  function join(name: string): GroupHandle {
    if (typeof name !== 'string' || !name) throw new HubError('configuration', 'A group needs a name.');
    const group = groups.get(name) ?? {
      name,
      wishes: 0,
      state: joining,
      held: false,
      work: undefined,
      failures: 0,
      news: deferred(),
    };
    if (!disposed) groups.set(name, group);
    group.wishes += 1;
    touch(group);
    void reconcile(group);
    let left: Promise<void> | null = null;
    return {
      name,
      get state() {
        return group.state;
      },
      get ready() {
        const ready = whenReady(group);
        ready.catch(() => {});
        return ready;
      },
      retry() {
        if (!group.state.error || !isKnown(group)) return;
        touch(group, joining);
        void reconcile(group);
      },
      leave: () => (left ??= leave(group)),
    };
  }

  async function leave(group: Group): Promise<void> {
    // After the current tick: unmounting and mounting a component costs no round trip.
    await new Promise<void>((resolve) => after(0, resolve));
    group.wishes -= 1;
    touch(group);
    void reconcile(group);
    await until(group, () => group.wishes || !isKnown(group));
  }

  /** Works on a group until what the link holds is what is wanted; each operation ends with another look. */
  async function reconcile(group: Group): Promise<void> {
    const on = link;
    if (group.work === on) return;
    group.work = on;
    while (group.work === on) {
      const wanted = group.wishes > 0;
      if (on && wanted !== group.held && !(wanted && isFinal(group))) {
        await (wanted ? tryJoin(group, on) : tryLeave(group, on));
        continue;
      }
      group.work = undefined;
      if (wanted || group.held) return;
      // Nobody wants it and no link holds it.
      groups.delete(group.name);
      touch(group);
    }
  }

  async function tryJoin(group: Group, on: Link): Promise<void> {
    try {
      await limited(inside.call('join', group.name, on), group.name, () => joinedLate(group, on));
      if (link === on) joinSucceeded(group);
    } catch (thrown) {
      if (link === on && group.wishes) await joinFailed(group, thrown);
    }
  }

  /** Nobody waited for it any longer: what has been forgotten by now is left. */
  function joinedLate(group: Group, on: Link): void {
    if (!groups.has(group.name)) void tryLeave(group, on);
  }

  function joinSucceeded(group: Group): void {
    const late = group.failures > 0;
    group.held = true;
    group.failures = 0;
    if (!group.wishes) return;
    touch(group, joined);
    tell({ type: 'groupJoined', group: group.name, late });
  }

  async function joinFailed(group: Group, thrown: unknown): Promise<void> {
    const error = groupError(group.name, thrown);
    group.failures += 1;
    fail(group, error);
    // Until it is time, or something has happened to the group. A refusal waits for retry().
    if (!isFinal(group)) await settledWithin(group.news.promise, backoffDelay(group.failures, retryLimits, random()));
  }

  function fail(group: Group, error: HubError): void {
    touch(group, Object.freeze({ status: 'failed', error }));
    tell({ type: 'groupFailed', group: group.name, error });
  }

  async function tryLeave(group: Group, on: Link): Promise<void> {
    try {
      await limited(inside.call('leave', group.name, on), group.name);
      if (link === on) tell({ type: 'groupLeft', group: group.name });
    } catch {
      // A group that the server would not let go ends with the link; there is nothing that an app could do.
    }
    if (link !== on) return;
    group.held = false;
    // It may be wanted again meanwhile.
    touch(group, joining);
  }

  async function limited(promise: Promise<unknown>, group: string, late?: () => void): Promise<unknown> {
    if (await settledWithin(promise, timeout)) return promise;
    promise.then(late, () => {});
    throw new HubError('timeout', `'${group}' took longer than ${timeout} ms.`, { group });
  }

  async function attach(on: Link): Promise<{ joined: number; failed: number }> {
    link = on;
    const wanted = [...groups.values()].filter(({ wishes }) => wishes);
    for (const group of wanted) group.failures = 0;
    const open = wanted.filter((group) => !isFinal(group));
    // When the time is over the joins go on; only the connection does not wait for them any longer.
    await settledWithin(
      (async () => {
        if (options.joinMany && open.length) await joinAll(open, on, options.joinMany);
        const queue = open.filter(({ held }) => !held).values();
        const joinNext = async (): Promise<void> => {
          for (const group of queue) {
            if (link !== on) return;
            void reconcile(group);
            await until(group, () => group.state !== joining || link !== on || !isKnown(group));
          }
        };
        await Promise.all(Array.from({ length: options.concurrency }, joinNext));
      })(),
      timeout,
    );
    // What is joined later than this is a gap.
    for (const group of open) if (group.state === joining) group.failures ||= 1;
    const joinedNow = wanted.filter(({ state }) => state === joined).length;
    return { joined: joinedNow, failed: wanted.length - joinedNow };
  }

  async function joinAll(open: Group[], on: Link, how: string | GroupsCall): Promise<void> {
    const names = open.map(({ name }) => name);
    // One operation for each group and link, this one for all of them.
    for (const group of open) group.work = on;
    try {
      const call = typeof how === 'string' ? on.context.invoke(how, names) : how(names, on.context);
      await limited(call, names.join(), () => open.forEach((group) => joinedLate(group, on)));
      if (link === on) open.forEach(joinSucceeded);
    } catch {
      // One refused group may have failed them all: each is asked for by itself and gets its own outcome.
    }
    if (link !== on) return;
    for (const group of open) {
      group.work = undefined;
      if (group.held) void reconcile(group);
    }
  }

  function detach(asAnother = false): void {
    link = null;
    for (const group of groups.values()) {
      group.held = false;
      group.work = undefined;
      touch(group, !asAnother && isFinal(group) ? group.state : joining);
      // With no link there is nothing to do but to forget what nobody wants.
      void reconcile(group);
    }
  }

  function dispose(): void {
    disposed = true;
    // Work on a group that the ledger no longer knows would not hear of the end of its link.
    detach();
    groups.clear();
  }

  return {
    inside,
    join,
    attach,
    detach,
    dispose,
    states: () => (published ??= new Map([...groups].map(([name, { state }]) => [name, state]))),
  };
}

/** A refusal waits for `retry()`; any other failure is tried again by itself. */
function isFinal({ state }: Group): boolean {
  return state.error?.code === 'group-forbidden';
}

export function groupError(group: string, thrown: unknown): HubError {
  const cause = asError(thrown);
  // The server refused on purpose: asking again would get the same answer.
  const refused = cause instanceof HubError && cause.code.startsWith('method') && !cause.retryable;
  return new HubError(
    refused ? 'group-forbidden' : 'group-failed',
    `The group '${group}' could not be joined: ${cause.message}`,
    { cause, group },
  );
}
