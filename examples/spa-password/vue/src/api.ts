import { SessionEndedError, type TokenRequest, type TokenSource } from '@org/hub-vue';

export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
}

/** The server’s own words (problem details, RFC 9457), or the status. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * `fetch` with the token that the hub uses, too. What the hub does with a 401 happens here as well: one fresh token, one
 * more try. A second 401 is the end of the session, for the hub as for the API.
 */
export function createApi(baseUrl: string, auth: TokenSource & { signOut(): Promise<void> }): Api {
  async function tokenFor(request: TokenRequest): Promise<string> {
    // The source answers from its store, and renews what has expired: once, however many ask.
    const credentials = await auth.getToken(request);
    if (!credentials || !('token' in credentials)) throw new SessionEndedError('Nobody is logged in.');
    return credentials.token;
  }

  async function fetchOnce(path: string, token: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    return fetch(baseUrl + path, { ...init, headers }).catch(() => {
      throw new ApiError(0, 'The server does not answer.');
    });
  }

  async function fetchWithToken(path: string, init: RequestInit): Promise<Response> {
    const token = await tokenFor({ reason: 'requested', force: false, attempt: 0 });
    const response = await fetchOnce(path, token, init);
    if (response.status !== 401) return response;
    const other = await tokenFor({ reason: 'rejected', force: true, rejected: token, status: 401, attempt: 0 });
    const again = await fetchOnce(path, other, init);
    if (again.status === 401) throw new SessionEndedError('The server takes this sign-in no more.');
    return again;
  }

  async function call<T>(path: string, init: RequestInit): Promise<T> {
    try {
      const response = await fetchWithToken(path, init);
      if (!response.ok) throw await refusalOf(response);
      return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (error) {
      // The source tells the hub, and the hub the page: in all tabs.
      if (error instanceof SessionEndedError) await auth.signOut();
      throw error;
    }
  }

  return {
    get: (path) => call(path, {}),
    post: (path, body) => call(path, { method: 'POST', ...(body && json(body)) }),
  };
}

export function json(body: object): RequestInit {
  return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** `errors` is what validation says, `detail` what anything else does. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const said = (await response.json().catch(() => ({}))) as { errors?: Record<string, string[]>; detail?: string };
  const words = Object.values(said.errors ?? {}).flat();
  return new ApiError(response.status, words.join(' ') || said.detail || `The server answered ${response.status}.`);
}
