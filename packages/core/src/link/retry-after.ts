/** `Retry-After` in ms: seconds or an HTTP date (RFC 9110 §10.2.3); null where it is absent, has passed, or makes no sense. */
export function retryAfter({ headers }: Response, now: number): number | null {
  const header = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(header) ? +header * 1000 : Date.parse(header) - now;
  return ms > 0 ? ms : null;
}
