/** What a server does with more requests than it can take. */
export type World =
  /** It can take all: what comes is what the clients do. */
  | 'unlimited'
  /** It answers 503 to those that are too many in a second. */
  | 'refuses'
  /** They wait for their turn, first come, first served. */
  | 'queues';

export type Answer = 'in' | 'busy' | 'closed' | 'timeout';

/** Where requests arrive. */
export interface Door {
  /** When each came, in epoch ms, oldest first; those that found nobody among them. */
  readonly arrivals: readonly number[];
  /** @param patience ms that the client waits for its turn */
  knock(patience: number): Promise<Answer>;
  /** From now on. @param capacity requests a second */
  limit(world: World, capacity: number): void;
  /** Nothing listens any more; whoever waits is sent away. */
  close(): void;
  open(): void;
}

export function createDoor(): Door {
  const arrivals: number[] = [];
  const line = new Set<(answer: Answer) => void>();
  let world: World = 'unlimited';
  let capacity = Infinity;
  let listens = true;
  let second = 0;
  let taken = 0;
  let serving = false;

  function take(): Answer {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) [second, taken] = [now, 0];
    taken += 1;
    return taken > capacity ? 'busy' : 'in';
  }

  function wait(patience: number): Promise<Answer> {
    return new Promise((resolve) => {
      const answer = (given: Answer): void => {
        clearTimeout(timer);
        line.delete(answer);
        resolve(given);
      };
      const timer = patience < Infinity ? setTimeout(() => answer('timeout'), patience) : undefined;
      line.add(answer);
      serve();
    });
  }

  /** One after the other, each for its share of a second; who has left is not served. */
  function serve(): void {
    if (serving || line.size === 0) return;
    serving = true;
    setTimeout(() => {
      serving = false;
      for (const next of line) {
        next('in');
        break;
      }
      serve();
    }, 1000 / capacity);
  }

  return {
    arrivals,
    async knock(patience) {
      arrivals.push(Date.now());
      if (!listens) return 'closed';
      if (world === 'unlimited') return 'in';
      return world === 'refuses' ? take() : wait(patience);
    },
    limit: (given, perSecond) => ([world, capacity] = [given, perSecond]),
    close() {
      listens = false;
      for (const answer of [...line]) answer('closed');
    },
    open: () => (listens = true),
  };
}
