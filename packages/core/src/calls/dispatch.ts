import type { Link } from '../link/link.js';
import { createListeners, type Listeners } from '../platform/listeners.js';
import { HubError } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';

type Handler = (...args: never[]) => unknown;

interface Method {
  /** As the app writes it. */
  readonly name: string;
  readonly handlers: Listeners<Handler>;
  respond: Handler | null;
}

/**
 * Client methods, fanned out by us: SignalR awaits one handler after the other. It knows one function a name, registered
 * before the connection starts.
 */
export interface Dispatch {
  on(method: string, handler: Handler): () => void;
  handle(method: string, handler: Handler): () => void;
  /** Registers every method with a link, now and when more are added; `old`: the one whose place it is about to take. */
  attach(link: Link, old?: Link): void;
  /** Whether there is a result handler: the server waits for what it returns. */
  answers(method: string): boolean;
}

export function createDispatch(logger: HubLogger): Dispatch {
  // SignalR compares names in lower case.
  const methods = new Map<string, Method>();
  let attached: Iterable<Link> = [];

  function methodNamed(name: string): Method {
    const key = name.toLowerCase();
    let method = methods.get(key);
    if (!method) {
      method = { name, handlers: createListeners(), respond: null };
      methods.set(key, method);
      for (const link of attached) register(link, method);
    }
    return method;
  }

  function register(link: Link, method: Method): void {
    const { name } = method;
    const threw = (error: unknown): void => logger.log('error', `A handler of '${name}' threw: ${String(error)}`);
    link.on(name, (...args) => {
      for (const handler of method.handlers) {
        try {
          (handler(...(args as never[])) as Promise<unknown> | undefined)?.catch?.(threw);
        } catch (error) {
          threw(error);
        }
      }
      // Nothing else is returned: SignalR complains about each result that the server did not ask for.
      return method.respond?.(...(args as never[]));
    });
  }

  return {
    on: (name, handler) => methodNamed(name).handlers.add(handler),
    handle(name, handler) {
      const method = methodNamed(name);
      if (method.respond) throw new HubError('configuration', `'${name}' has a result handler already.`);
      const respond: Handler = (...args) => handler(...args);
      method.respond = respond;
      return () => {
        if (method.respond === respond) method.respond = null;
      };
    },
    attach(link, old = link) {
      attached = new Set([link, old]);
      for (const method of methods.values()) register(link, method);
    },
    answers: (name) => !!methodNamed(name).respond,
  };
}
