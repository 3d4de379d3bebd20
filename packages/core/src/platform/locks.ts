import { onSharedStorage, openChannel } from './channel.js';
import { settledWithin } from './clock.js';
import { deferred } from './deferred.js';

/** Ms for an answer. A hidden tab hears messages at once, only its timers are slow. */
const answerTime = 1_000;
/** Questions in a row without an answer: one is lost where this tab itself was asleep, or the other one busy. */
const patience = 3;
/** Ms for what the tab before has stored: it takes another way than the lock. Chromium 156 has brought it later, under load. */
const storageTime = 250;

/**
 * Runs it while no other tab runs anything under this name, and settles as it does. The browser passes the lock of a
 * closed tab on, but not that of a frozen one. So whoever waits asks the holder whether it is there, for as long as it
 * takes, and takes the lock from one that does not answer: 4 s after its last word. Where there are no locks or
 * channels it runs at once.
 */
export function exclusively<T>(name: string, run: () => Promise<T>): Promise<T> {
  const result = deferred<T>();
  /** Our turn has come. */
  const turn = deferred();
  const waiting = new AbortController();
  const locks = globalThis.navigator?.locks;
  const channel = locks ? openChannel(name, hear) : null;
  const changed = deferred();
  const leaveStorage = onSharedStorage(() => changed.resolve());
  let running: Promise<void> | null = null;
  let unanswered = 0;
  /** Another tab has had the lock meanwhile. */
  let second = false;

  /** Once. The lock is kept until what this returns is settled. */
  function begin(): Promise<void> {
    turn.resolve();
    running ??= run()
      .then(result.resolve, result.reject)
      .finally(() => {
        channel?.close();
        leaveStorage();
      });
    return running;
  }

  async function follow(): Promise<void> {
    turn.resolve();
    if (second) await settledWithin(changed.promise, storageTime);
    return begin();
  }

  function hear(message: unknown): void {
    if (message === 'here') {
      unanswered = 0;
      second = true;
    } else if (message === 'who?' && running) channel?.post('here');
  }

  /** True where our turn came meanwhile. */
  function ask(): Promise<boolean> {
    unanswered += 1;
    channel?.post('who?');
    return settledWithin(turn.promise, answerTime);
  }

  async function watch(manager: LockManager): Promise<void> {
    while (!(await ask()))
      if (unanswered >= patience) {
        await manager.request(`${name}:heir`, { ifAvailable: true }, (heir) => inherit(manager, !!heir));
      }
  }

  /** One of those who wait, or each of them would take the lock from the one before; all, if that one is frozen as well. */
  async function inherit(manager: LockManager, heir: boolean): Promise<void> {
    if (!heir && unanswered < 3 * patience) return;
    // Asked once more: another heir may have just taken it.
    if ((await ask()) || unanswered === 0) return;
    waiting.abort();
    const taken = deferred();
    const steal = (): Promise<void> => {
      taken.resolve();
      return begin();
    };
    manager.request(name, { steal: true }, steal).catch(taken.resolve);
    await taken.promise;
  }

  if (locks && channel) {
    locks
      .request(name, { signal: waiting.signal }, follow)
      // Given up for the other way, taken by an heir; or forbidden, as in a sandboxed frame.
      .catch(() => (waiting.signal.aborted ? undefined : begin()));
    watch(locks).catch(() => {});
  } else void begin();
  return result.promise;
}
