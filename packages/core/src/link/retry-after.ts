/** `Retry-After` in ms: seconds or an HTTP date (RFC 9110 §10.2.3); null where it is absent, has passed, or makes no sense. */
export function retryAfter({ headers }: Response, now: number): number | null {
  const header = headers.get('retry-after') ?? '';
  // A date has a time of day; JavaScript finds one in nearly everything: "soon 2090" is a year.
  const ms = /^\d{1,9}$/.test(header) ? +header * 1000 : /^\w+,.+:.+GMT$/.test(header) ? Date.parse(header) - now : 0;
  return ms > 0 ? ms : null;
}
