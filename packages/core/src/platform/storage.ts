/** Where something is kept that must outlive a page, or nothing at all; null: nothing. */
export interface Cell {
  read(): string | null;
  write(value: string | null): void;
}

/**
 * One named value: in memory, in the tab (`sessionStorage`), or shared by all tabs (`localStorage`). Where there is no
 * such storage (Node, workers, server-side rendering, a browser that forbids it) it is kept in memory. A storage without a
 * page is none: Node 25 has one for the whole process, where each user of a server would be the one who signed in last.
 */
export function createCell(where: 'memory' | 'session' | 'local', name: string): Cell {
  let memory: string | null = null;

  // Asked for each time: a browser that blocks site data throws on the mere mention.
  function storage(): Storage | undefined {
    try {
      if (where !== 'memory' && globalThis.document) return globalThis[`${where}Storage`];
    } catch {
      // Memory, then.
    }
    return undefined;
  }

  return {
    read: () => memory ?? storage()?.getItem(name) ?? null,
    write(value) {
      memory = null;
      try {
        const store = storage();
        if (value === null) return store?.removeItem(name);
        if (store) return store.setItem(name, value);
      } catch {
        // Full, or forbidden after all.
      }
      memory = value;
    },
  };
}
