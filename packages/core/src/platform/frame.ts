import { after } from './clock.js';

/** Paces what is to be rendered: one run a frame at most, and none too few. */
export interface FramePace {
  /** Runs at once if the last run is a frame ago, else with the next frame, however often it is asked. */
  ask(): void;
  /** Nothing runs any more that was asked for before. */
  stop(): void;
}

export function createFramePace(run: () => void): FramePace {
  let cancel: (() => void) | null = null;
  let due = false;

  function go(): void {
    due = false;
    cancel = nextFrame(() => {
      cancel = null;
      if (due) go();
    });
    run();
  }

  return {
    ask() {
      if (cancel) due = true;
      else go();
    },
    stop() {
      cancel?.();
      cancel = null;
      due = false;
    },
  };
}

/**
 * A page that becomes hidden has no frames, not even the one that it was promised, and Node has none at all: a timer does it
 * there, which browsers slow down to one a second while the page is hidden.
 */
function nextFrame(run: () => void): () => void {
  const frame = globalThis.requestAnimationFrame?.(go);
  const cancelTimer = after(frame === undefined ? 16 : 100, go);

  function cancel(): void {
    cancelTimer();
    if (frame !== undefined) cancelAnimationFrame(frame);
  }

  function go(): void {
    cancel();
    run();
  }

  return cancel;
}
