import type { Link } from '../link/link.js';
import { HubError } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';

type Handler = (...args: never[]) => unknown;

interface Method {
  readonly name: string;
  readonly handlers: Set<{ run: Handler }>;
  responder: { run: Handler } | null;
}

/**
 * Client methods, fanned out by us: SignalR awaits one handler after the other, and stops at none that throws only
 * because it catches each. It knows one function a name, registered before the connection starts.
 */
export interface Dispatch {
  on(method: string, handler: Handler): () => void;
  handle(method: string, handler: Handler): () => void;
  /** Registers every method with a link, now and when more are added. */
  attach(link: Link): void;
}

export function createDispatch(logger: HubLogger): Dispatch {
  // SignalR compares names in lower case.
  const methods = new Map<string, Method>();
  let attached: Link | null = null;

  function methodNamed(name: string): Method {
    const key = name.toLowerCase();
    let method = methods.get(key);
    if (!method) {
      method = { name, handlers: new Set(), responder: null };
      methods.set(key, method);
      if (attached) register(attached, method);
    }
    return method;
  }

  function register(link: Link, method: Method): void {
    link.on(method.name, (...args) => {
      for (const { run } of [...method.handlers]) {
        try {
          run(...(args as never[]));
        } catch (error) {
          logger.log('error', `A handler of '${method.name}' threw: ${String(error)}`);
        }
      }
      // Nothing else is returned: SignalR complains about each result that the server did not ask for.
      return method.responder?.run(...(args as never[]));
    });
  }

  return {
    on(name, handler) {
      const { handlers } = methodNamed(name);
      const entry = { run: handler };
      handlers.add(entry);
      return () => void handlers.delete(entry);
    },
    handle(name, handler) {
      const method = methodNamed(name);
      if (method.responder) {
        throw new HubError('configuration', `'${name}' has a result handler already; a server takes one result only.`);
      }
      const entry = { run: handler };
      method.responder = entry;
      return () => {
        if (method.responder === entry) method.responder = null;
      };
    },
    attach(link) {
      attached = link;
      for (const method of methods.values()) register(link, method);
    },
  };
}
