import type { Link } from '../link/link.js';
import { isRefusal } from '../link/call-error.js';
import { after, pause, random, settledWithin } from '../platform/clock.js';
import { backoffDelay } from '../platform/backoff.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { GroupCall, ResolvedOptions } from '../vocabulary/options.js';
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
  /**
   * Joins every wanted group on a new link; resolves when each has an outcome, or the time for it is over.
   * @param asAnother true where the user changed: what was refused to one may be open to the other
   */
  attach(link: Link, asAnother: boolean): Promise<{ joined: number; failed: number }>;
  /** The link is gone, and with it every group that it held. */
  detach(): void;
  states(): ReadonlyMap<string, GroupState>;
}

interface Group {
  readonly name: string;
  wishes: number;
  state: GroupState;
  /** What the current link holds, as far as the server has told us. */
  held: boolean;
  /** The work under way; work for a link that is gone no longer counts. */
  work: { readonly link: Link | null } | null;
  /** Failed tries in a row. */
  failures: number;
  ready: Deferred;
  /** The next outcome, good or bad. */
  outcome: Deferred;
  leaving: Deferred[];
  /** Ends a wait between two tries. */
  nudge(): void;
}

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: HubError): void;
}

const joining: GroupState = Object.freeze({ status: 'joining', error: null });
const joined: GroupState = Object.freeze({ status: 'joined', error: null });

export function createGroupLedger(options: ResolvedOptions['groups'], changed: () => void, tell: (news: GroupNews) => void): GroupLedger {
  const groups = new Map<string, Group>();
  let link: Link | null = null;
  let published: ReadonlyMap<string, GroupState> | null = null;

  /** One change of the snapshot for all that happens in a tick: a thousand groups come back together. */
  function touch(): void {
    if (published) queueMicrotask(changed);
    published = null;
  }

  function setState(group: Group, state: GroupState): void {
    if (group.state === state) return;
    group.state = state;
    touch();
  }

  function groupNamed(name: string): Group {
    let group = groups.get(name);
    if (!group) {
      group = {
        name,
        wishes: 0,
        state: joining,
        held: false,
        work: null,
        failures: 0,
        ready: deferred(),
        outcome: deferred(),
        leaving: [],
        nudge() {},
      };
      groups.set(name, group);
      touch();
    }
    return group;
  }

  function join(name: string): GroupHandle {
    if (typeof name !== 'string' || name === '') throw new HubError('configuration', 'A group needs a name.');
    const group = groupNamed(name);
    group.wishes += 1;
    reconcile(group);
    let left: Promise<void> | null = null;
    return {
      name,
      get state() {
        return group.state;
      },
      get ready() {
        return group.ready.promise;
      },
      retry() {
        if (group.state.status === 'failed') startAnew(group);
      },
      leave() {
        left ??= leave(group);
        return left;
      },
    };
  }

  function startAnew(group: Group): void {
    if (group.wishes === 0) return;
    group.ready = deferred();
    setState(group, joining);
    group.nudge();
    reconcile(group);
  }

  async function leave(group: Group): Promise<void> {
    // After the current tick: unmounting and mounting a component costs no round trip.
    await new Promise<void>((resolve) => after(0, resolve));
    group.wishes -= 1;
    if (group.wishes > 0) return;
    const over = deferred();
    group.leaving.push(over);
    group.nudge();
    reconcile(group);
    return over.promise;
  }

  /** Works on a group until what the link holds is what is wanted. */
  function reconcile(group: Group): void {
    if (group.work && group.work.link === link) return;
    const work = { link };
    group.work = work;
    void (async () => {
      while (group.work === work && (await step(group, work.link))) {
        // Each step ends with another look at what is wanted.
      }
      if (group.work === work) group.work = null;
    })();
  }

  /** One operation; false when there is nothing to do. */
  async function step(group: Group, on: Link | null): Promise<boolean> {
    const wanted = group.wishes > 0;
    if (!wanted && !group.held) {
      forget(group);
      return false;
    }
    if (!on || wanted === group.held || (wanted && isFinal(group.state.error))) return false;
    await (wanted ? tryJoin(group, on) : tryLeave(group, on));
    return true;
  }

  /** Nobody wants it and no link holds it. */
  function forget(group: Group): void {
    groups.delete(group.name);
    group.ready.reject(new HubError('aborted', `The group '${group.name}' was left.`, { group: group.name }));
    group.outcome.resolve();
    for (const over of group.leaving.splice(0)) over.resolve();
    touch();
  }

  async function tryJoin(group: Group, on: Link): Promise<void> {
    try {
      await limited(call(options.join, group.name, on), group.name);
    } catch (thrown) {
      if (link === on && group.wishes > 0) await joinFailed(group, thrown);
      return;
    }
    if (link === on) joinSucceeded(group);
  }

  function joinSucceeded(group: Group): void {
    const late = group.failures > 0;
    group.held = true;
    group.failures = 0;
    group.ready.resolve();
    group.outcome.resolve();
    if (group.wishes === 0) return;
    setState(group, joined);
    tell({ type: 'groupJoined', group: group.name, late });
  }

  async function joinFailed(group: Group, thrown: unknown): Promise<void> {
    const error = groupError(group.name, thrown);
    group.failures += 1;
    setState(group, Object.freeze({ status: 'failed', error }));
    tell({ type: 'groupFailed', group: group.name, error });
    group.outcome.resolve();
    if (isFinal(error)) return group.ready.reject(error);
    const rest = new AbortController();
    group.nudge = () => rest.abort();
    await pause(backoffDelay(group.failures, joinBackoff, random()), rest.signal);
  }

  async function tryLeave(group: Group, on: Link): Promise<void> {
    try {
      await limited(call(options.leave, group.name, on), group.name);
      if (link === on) tell({ type: 'groupLeft', group: group.name });
    } catch {
      // A group that the server would not let go ends with the link; there is nothing that an app could do.
    }
    if (link !== on) return;
    group.held = false;
    // Wanted again meanwhile.
    if (group.wishes > 0) {
      group.ready = deferred();
      setState(group, joining);
    }
  }

  function call(how: string | GroupCall, group: string, on: Link): Promise<unknown> {
    return typeof how === 'string' ? on.invoke(how, [group]) : how(group, on.context);
  }

  function limited(promise: Promise<unknown>, group: string): Promise<unknown> {
    const { timeout } = options;
    return new Promise((resolve, reject) => {
      const cancel = after(timeout, () => reject(new HubError('timeout', `'${group}' took longer than ${timeout} ms.`, { group })));
      promise.then(resolve, reject).finally(cancel);
    });
  }

  async function attach(on: Link, asAnother: boolean): Promise<{ joined: number; failed: number }> {
    link = on;
    const wanted = [...groups.values()].filter((group) => group.wishes > 0);
    for (const group of wanted) {
      group.failures = 0;
      group.outcome = deferred();
      if (asAnother && isFinal(group.state.error)) startAnew(group);
    }
    const open = wanted.filter((group) => !isFinal(group.state.error));
    if (options.joinMany && open.length > 0) await joinAll(open, on, options.joinMany);
    const queue = open.filter((group) => !group.held);
    const joinNext = async (): Promise<void> => {
      for (let group = queue.shift(); group && link === on; group = queue.shift()) {
        reconcile(group);
        await group.outcome.promise;
      }
    };
    // The joins go on when the time is over; only the connection does not wait for them any longer.
    const all = Promise.all(Array.from({ length: options.concurrency }, joinNext));
    if (queue.length > 0 || open.some((group) => !group.held)) await settledWithin(all, options.timeout);
    const count = (status: GroupState['status']): number => wanted.filter((group) => group.state.status === status).length;
    return { joined: count('joined'), failed: wanted.length - count('joined') };
  }

  async function joinAll(open: Group[], on: Link, how: NonNullable<typeof options.joinMany>): Promise<void> {
    const names = open.map(({ name }) => name);
    try {
      await limited(typeof how === 'string' ? on.invoke(how, [names]) : how(names, on.context), names.join(', '));
    } catch {
      // One refused group may have failed them all: each is asked for by itself and gets its own outcome.
      return;
    }
    if (link === on) for (const group of open) joinSucceeded(group);
  }

  function detach(): void {
    link = null;
    for (const group of [...groups.values()]) {
      group.held = false;
      group.work = null;
      group.nudge();
      group.outcome.resolve();
      if (group.wishes === 0) forget(group);
      else if (!isFinal(group.state.error)) {
        if (group.state === joined) group.ready = deferred();
        setState(group, joining);
      }
    }
  }

  return {
    join,
    attach,
    detach,
    states: () => (published ??= new Map([...groups].map(([name, { state }]) => [name, state]))),
  };
}

const joinBackoff = { baseDelay: 500, maxDelay: 20_000 };

/** A refusal waits for `retry()`; any other failure is tried again by itself. */
function isFinal(error: HubError | null): boolean {
  return error?.code === 'group-forbidden';
}

function groupError(group: string, thrown: unknown): HubError {
  const cause = asError(thrown);
  if (cause instanceof HubError && isRefusal(cause)) {
    return new HubError('group-forbidden', `The server refused the group '${group}': ${cause.message}`, { cause, group });
  }
  return new HubError('group-failed', `The group '${group}' could not be joined: ${cause.message}`, { cause, group });
}

function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: HubError) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Waiting for a group is optional: a refusal is in the snapshot too.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
