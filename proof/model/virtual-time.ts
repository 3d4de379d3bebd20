/// <reference types="node" />
import { withGlobal } from '@sinonjs/fake-timers';
import { seeded } from '../../e2e/seeded.ts';

/** Time that passes when it is told to, and chance that is the same for the same number. */
export interface VirtualTime {
  /** Everything that needs no time has happened. */
  drained(): Promise<void>;
  /** Each timer fires in its turn, and what follows of it happens before the next one. @param ms */
  pass(ms: number): Promise<void>;
  /** The clock is put forward or back, as when a machine slept or was corrected; no timer fires for that. @param ms */
  jump(ms: number): void;
  /** Ms that have passed; jumps do not count. */
  elapsed(): number;
  /** Timers that have not fired. */
  timers(): number;
  end(): void;
}

// Not the fake one: what is left of promises is gone when it fires.
const { setImmediate } = globalThis;

/** @param chance seeds `Math.random` */
export function createVirtualTime(chance: number): VirtualTime {
  const clock = withGlobal(globalThis).install({
    now: Date.UTC(2026, 0, 1),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  const { random } = Math;
  Math.random = seeded(chance);

  let jumped = 0;
  const begin = Date.now();
  const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    drained,
    async pass(ms) {
      let over = false;
      setTimeout(() => (over = true), ms);
      await drained();
      while (!over) {
        clock.next();
        await drained();
      }
    },
    jump(ms) {
      jumped += ms;
      clock.setSystemTime(Date.now() + ms);
    },
    elapsed: () => Date.now() - begin - jumped,
    timers: () => clock.countTimers(),
    end() {
      Math.random = random;
      clock.uninstall();
    },
  };
}
