import { cookieSession, HubError, SessionEndedError, type TokenChange, type TokenSource } from '@org/hub-core';
import type { SessionAnswer } from '../../contract.ts';

/** The session with the server, as far as a page can know of it: the cookie is for the browser only. */
export interface Session {
  /** For the hub. */
  readonly auth: TokenSource;
  /** The name to show; null while nobody is known. */
  name(): string | null;
  /** Asks the server, with the cookie and the anti-forgery token. Ends the hub's session as well where the answer is 401. */
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** Leaves the page for the server's login form, which leads back here. */
  logIn(): void;
  /** Why the last logout did not reach the server, where the session goes on then; null if it did. */
  logoutFailure(): HubError | null;
}

export function createSession(serverUrl: string): Session {
  const listeners = new Set<(change: TokenChange) => void>();
  let known: SessionAnswer | null = null;
  let logoutFailure: HubError | null = null;

  /** Asked before each connection, and so the anti-forgery token is always that of the session which the cookie names. */
  async function ask(): Promise<string | null> {
    const response = await fetch(`${serverUrl}/bff/session`, { credentials: 'include' });
    // Not to be answered is no reason to be logged out: the hub asks again later.
    if (!response.ok) throw new Error(`The session could not be asked for (${response.status}).`);
    known = (await response.json()) as SessionAnswer;
    return known.userId;
  }

  const antiforgery = (): Record<string, string> => ({ 'X-CSRF-TOKEN': known?.csrfToken ?? '' });

  async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { 'Content-Type': 'application/json', ...antiforgery() };
    const response = await fetch(serverUrl + path, { ...init, headers, credentials: 'include' }).catch(
      (cause: unknown) => {
        if (init.signal?.aborted) throw cause;
        const remediation = 'Try again in a moment.';
        throw new HubError('unreachable', 'The server does not answer.', { cause, remediation });
      },
    );
    const text = await response.text();
    if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
    if (response.status === 401) {
      for (const listener of listeners) listener('signed-out');
      throw new SessionEndedError('The server no longer knows your session.');
    }
    throw new HubError('rejected', text || `The server answered ${response.status}.`, {
      status: response.status,
      remediation: response.status === 400 ? 'Change it, and try again.' : 'Reload the page, and try again.',
    });
  }

  async function signOut(): Promise<void> {
    logoutFailure = null;
    try {
      await api('/bff/logout', { method: 'POST' });
    } catch (error) {
      // Then there is no session left to be ended.
      if (error instanceof SessionEndedError) return;
      const remediation = 'Your session goes on there: reload the page when the server is back, and log out again.';
      logoutFailure = new HubError('unreachable', 'The server could not be told.', { cause: error, remediation });
      throw error;
    }
  }

  const auth = cookieSession({
    userId: ask,
    headers: antiforgery,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signOut,
  });

  return {
    auth,
    name: () => known?.name ?? null,
    api,
    logoutFailure: () => logoutFailure,
    logIn: () => location.assign(`${serverUrl}/bff/login?${new URLSearchParams({ return: location.href })}`),
  };
}
