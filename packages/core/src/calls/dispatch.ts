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

/** Client methods, fanned out by us: SignalR awaits one handler after the other. */
export interface Dispatch {
  on(method: string, handler: Handler): () => void;
  handle(method: string, handler: Handler): () => void;
  /** From now on handlers hear the link, too. */
  attach(link: Link): void;
}

export function createDispatch(logger: HubLogger): Dispatch {
  // SignalR compares names in lower case.
  const methods = new Map<string, Method>();

  function methodNamed(name: string): Method {
    const key = name.toLowerCase();
    const method = methods.get(key) ?? { name, handlers: createListeners(), respond: null };
    methods.set(key, method);
    return method;
  }

  function deliver({ name, handlers, respond }: Method, args: unknown[], wanted: boolean): unknown {
    for (const handler of handlers) run(name, handler, args);
    if (wanted) return respond?.(...(args as never[]));
    // The server tells, and asks nobody.
    if (respond) run(name, respond, args);
    return undefined;
  }

  function run(name: string, handler: Handler, args: unknown[]): void {
    try {
      (handler(...(args as never[])) as Promise<unknown> | undefined)?.catch?.((error: unknown) => threw(name, error));
    } catch (error) {
      threw(name, error);
    }
  }

  function threw(name: string, error: unknown): void {
    logger.log('error', `A handler of '${name}' threw: ${String(error)}`);
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
    attach(link) {
      link.receive = (name, args, wanted) => {
        const method = methods.get(name.toLowerCase());
        if (!method) return logger.log('debug', `No handler of '${name}'.`);
        return link.gate
          ? link.gate(method.name, args, () => deliver(method, args, wanted), wanted)
          : deliver(method, args, wanted);
      };
    },
  };
}
