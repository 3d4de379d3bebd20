/// <reference types="node" />

/** What Node lacks of a page: events, and whether there is a network and somebody who looks. */
export interface Page {
  online: boolean;
  visible: boolean;
  /** Something happens to the page: `resume`, `online`, … */
  tell(type: string, init?: { persisted?: boolean }): void;
  /** Those that are there now. */
  listeners(): number;
  leave(): void;
}

const names = ['addEventListener', 'removeEventListener', 'navigator', 'document'] as const;

export function enterPage(): Page {
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  const heard = new Set<{ type: string; listener: EventListener }>();
  const find = (type: string, listener: EventListener) =>
    [...heard].find((one) => one.type === type && one.listener === listener);
  const page: Page = {
    online: true,
    visible: true,
    tell(type, init = {}) {
      const event = Object.assign(new Event(type), init);
      for (const one of [...heard]) if (one.type === type && heard.has(one)) one.listener(event);
    },
    listeners: () => heard.size,
    leave() {
      names.forEach((name, index) => {
        const descriptor = before[index];
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else Reflect.deleteProperty(globalThis, name);
      });
    },
  };
  define('addEventListener', (type: string, listener: EventListener) => {
    if (!find(type, listener)) heard.add({ type, listener });
  });
  define('removeEventListener', (type: string, listener: EventListener) => {
    const one = find(type, listener);
    if (one) heard.delete(one);
  });
  define('navigator', {
    get onLine() {
      return page.online;
    },
  });
  define('document', {
    get visibilityState() {
      return page.visible ? 'visible' : 'hidden';
    },
  });
  return page;
}

function define(name: (typeof names)[number], value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
