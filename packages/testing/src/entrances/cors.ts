import type { HubResponse } from '../api/http.ts';
import type { AttachOptions } from '../api/hub.ts';

/** Named origins are echoed, since credentials forbid `*`. The exposed headers are what a client needs to know why it was refused. */
export function corsHeaders(origin: string | undefined, cors: AttachOptions['cors']): Record<string, string> {
  if (origin === undefined || cors === undefined || (cors !== true && !cors.includes(origin))) return {};
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'WWW-Authenticate, Retry-After',
    Vary: 'Origin',
  };
}

/**
 * The answer to a preflight; null for any other request.
 *
 * @param wanted headers that the page wants to send: an app may have some of its own
 */
export function preflight(
  method: string,
  wanted: string | undefined,
  allowed: Record<string, string>,
  cors: AttachOptions['cors'],
): HubResponse | null {
  // Without CORS it is a request like others: 405.
  if (method !== 'OPTIONS' || cors === undefined) return null;
  if (!('Access-Control-Allow-Origin' in allowed)) return { status: 204, headers: {}, body: '' };
  return {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, POST, DELETE',
      // With credentials a `*` would be a name.
      'Access-Control-Allow-Headers':
        wanted ?? 'Authorization, Content-Type, Cache-Control, x-requested-with, x-signalr-user-agent',
    },
    body: '',
  };
}
