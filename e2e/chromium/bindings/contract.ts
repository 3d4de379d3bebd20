/** What a page of these tests shows of itself; one for each framework, and the same tests for all. */
export interface BindingsPage {
  /** Five components that hear messages, join a group and ask for the numbers; the provider starts the client. */
  mount(hubUrl: string): void;
  /** Milliseconds of `performance.now()` at which it was mounted. */
  mountedAt(): number;
  unmount(): void;
  /** What the handlers of the components were called with, in order: `a hello`. */
  readonly heard: string[];
  /** The numbers as the first component shows them, by its last commit. */
  numbers(): readonly number[];
  /** When the first component was committed, ms of `performance.now()`. */
  readonly commits: number[];
}

declare global {
  interface Window {
    bindings: BindingsPage;
  }
}

export const names = ['a', 'b', 'c', 'd', 'e'] as const;
