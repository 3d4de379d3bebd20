/** The least first; of equals, whatever came first. */
export interface Heap<T> {
  push(entry: T): void;
  peek(): T | undefined;
  pop(): void;
}

export function createHeap<T>(keyOf: (entry: T) => number): Heap<T> {
  const nodes: { entry: T; key: number; order: number }[] = [];
  let pushed = 0;

  const isBefore = (a: number, b: number): boolean => {
    const [one, other] = [nodes[a]!, nodes[b]!];
    return one.key < other.key || (one.key === other.key && one.order < other.order);
  };

  function swap(a: number, b: number): void {
    const kept = nodes[a]!;
    nodes[a] = nodes[b]!;
    nodes[b] = kept;
  }

  return {
    push(entry) {
      let at = nodes.push({ entry, key: keyOf(entry), order: (pushed += 1) }) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => nodes[0]?.entry,
    pop() {
      const last = nodes.pop();
      if (!last || nodes.length === 0) return;
      nodes[0] = last;
      for (let at = 0; ;) {
        const left = 2 * at + 1;
        const right = left + 1;
        let least = at;
        if (left < nodes.length && isBefore(left, least)) least = left;
        if (right < nodes.length && isBefore(right, least)) least = right;
        if (least === at) return;
        swap(at, least);
        at = least;
      }
    },
  };
}
