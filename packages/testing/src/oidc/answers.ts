import type { HubResponse } from '../api/http.ts';

export function json(status: number, body: object): HubResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify(body),
  };
}

export function oauthError(error: string, description?: string): HubResponse {
  return json(400, { error, ...(description === undefined ? {} : { error_description: description }) });
}

/** @param fields null is left out */
export function redirect(to: string, fields: Record<string, string | null>): HubResponse {
  const url = new URL(to);
  for (const [name, value] of Object.entries(fields)) if (value !== null) url.searchParams.set(name, value);
  return { status: 302, headers: { Location: url.href }, body: '' };
}
