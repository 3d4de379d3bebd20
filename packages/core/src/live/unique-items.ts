/**
 * Keeps a list free of a second item of one key. A load and the messages around it tell of the same items, and there is no
 * moment from which on that is over: an answer by HTTP overtakes messages that are still on their way.
 */
export interface UniqueItems {
  /** The list as loaded. */
  begin(list: unknown): void;
  /** Takes over what has become of the list; false, and nothing is changed, where it has a second item of a key. */
  admits(next: unknown): boolean;
}

/** Without a key, and for data that is no list, everything is admitted. */
export function createUniqueItems(keyOf: ((item: unknown) => unknown) | undefined): UniqueItems {
  let items: readonly unknown[] = [];
  let counts = new Map<unknown, number>();

  function begin(list: unknown): void {
    items = listOf(list);
    counts = new Map();
    if (keyOf) change(changes([], items, keyOf));
  }

  function change(by: ReadonlyMap<unknown, number>): void {
    for (const [key, difference] of by) {
      const count = (counts.get(key) ?? 0) + difference;
      if (count) counts.set(key, count);
      else counts.delete(key);
    }
  }

  return {
    begin,
    admits(next) {
      if (!keyOf) return true;
      const list = listOf(next);
      const by = changes(items, list, keyOf);
      for (const [key, difference] of by) if (difference > 0 && (counts.get(key) ?? 0) + difference > 1) return false;
      change(by);
      items = list;
      return true;
    },
  };
}

/** How many items of each key there are more, or fewer; only what lies between the ends that both lists share is looked at. */
function changes(
  before: readonly unknown[],
  after: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): Map<unknown, number> {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const by = new Map<unknown, number>();
  const count = (item: unknown, difference: number): void => {
    const key = keyOf(item);
    by.set(key, (by.get(key) ?? 0) + difference);
  };
  for (let at = start; at < before.length - end; at += 1) count(before[at], -1);
  for (let at = start; at < after.length - end; at += 1) count(after[at], 1);
  return by;
}

const listOf = (data: unknown): readonly unknown[] => (Array.isArray(data) ? data : []);
