/** What the page has measured so far; the driver reads it. */
export interface Figures {
  /** How many messages are on the screen, counted in the last commit. */
  shown: number;
  commits: number;
  /** Ms from each key to the paint after it. */
  lags: number[];
}

declare global {
  interface Window {
    figures: Figures;
  }
}

/** What a component makes of the messages, the same for all: a count, and the last ones as a list. */
export interface Messages {
  readonly count: number;
  readonly last: readonly number[];
}

export const noMessages: Messages = { count: 0, last: [] };

export function withMessage({ count, last }: Messages, number: number): Messages {
  return { count: count + 1, last: [...last.slice(-49), number] };
}

const figures: Figures = { shown: 0, commits: 0, lags: [] };
window.figures = figures;

export function committed(): void {
  figures.commits += 1;
}

export function shown(count: number): void {
  figures.shown = count;
}

/** The time of an event is when the browser got it, however long it then waited for this page; a task behind a frame runs after its paint. */
export function watchKeys(): void {
  document.addEventListener('keydown', ({ timeStamp }) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        figures.lags.push(performance.now() - timeStamp);
        port1.close();
      };
      port2.postMessage(null);
    });
  });
}
