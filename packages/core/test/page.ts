import { onTestFinished, vi } from 'vitest';

export interface Page {
  /** Something happens to the page; `resume`, `online`, … */
  tell(type: string, init?: { persisted?: boolean }): void;
  /** As `navigator.onLine` and `document.visibilityState` say. */
  online: boolean;
  visible: boolean;
  /** Listeners that are there now. */
  listeners(): number;
}

/** A page round the client, for one test: Node has none. */
export function stubPage(): Page {
  const target = new EventTarget();
  /** As a browser does: the same one twice is one. */
  const heard = new Map<string, Set<unknown>>();
  const heardAs = (type: string): Set<unknown> => {
    const set = heard.get(type) ?? new Set();
    heard.set(type, set);
    return set;
  };
  const page: Page = {
    online: true,
    visible: true,
    tell(type, init = {}) {
      target.dispatchEvent(Object.assign(new Event(type), init));
    },
    listeners: () => [...heard.values()].reduce((sum, { size }) => sum + size, 0),
  };
  vi.stubGlobal('addEventListener', (...given: Parameters<EventTarget['addEventListener']>) => {
    heardAs(given[0]).add(given[1]);
    target.addEventListener(...given);
  });
  vi.stubGlobal('removeEventListener', (...given: Parameters<EventTarget['removeEventListener']>) => {
    heardAs(given[0]).delete(given[1]);
    target.removeEventListener(...given);
  });
  vi.stubGlobal('navigator', {
    get onLine() {
      return page.online;
    },
  });
  vi.stubGlobal('document', {
    get visibilityState() {
      return page.visible ? 'visible' : 'hidden';
    },
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return page;
}
