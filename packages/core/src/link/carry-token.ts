import type { Link } from './link.js';

/** What a link’s HTTP requests carry: long polling, and the posts of server-sent events. */
export interface CarriedToken {
  /** From now on. */
  use(token: string): void;
  /** The server is asked for messages again and again: long polling. */
  readonly polls: boolean;
}

/**
 * SignalR asks for a token when it connects, and keeps it. A request of this link with that token gets a newer one; the
 * token of another server, which a redirect named, stays.
 */
export function carryToken({ http, context }: Link): CarriedToken {
  const opening = `Bearer ${context.token}`;
  const { send } = http;
  let current = opening;
  let polls = false;
  http.send = (request) => {
    polls ||= request.method === 'GET';
    const headers = request.headers?.['Authorization'] === opening && { ...request.headers, Authorization: current };
    return send(headers ? { ...request, headers } : request);
  };
  return {
    use(token) {
      current = `Bearer ${token}`;
      (context as { token: string }).token = token;
    },
    get polls() {
      return polls;
    },
  };
}
