/** What SignalR says with words only, of a connection that could not be made. */
const wordings: [kind: 'protocol' | 'timeout' | 'not-a-hub' | 'configuration', words: RegExp][] = [
  ['configuration', /Invalid URL/],
  // "Handshake was canceled.": it came too late, or the token expired under it (measured, Kestrel 10).
  ['timeout', /timeout|canceled/i],
  ['protocol', /handshake (error|response)/],
  // Negotiate was answered with a page, by the old SignalR, with transports that nobody has, or with one redirect after another.
  ['not-a-hub', /SyntaxError|ASP\.NET SignalR|of the transports|redirection limit/],
];

/** What went wrong; undefined where the words tell nothing: no network, or a refused socket. */
export function wordingOf(cause: unknown): (typeof wordings)[number][0] | undefined {
  return wordings.find(([, words]) => words.test(String(cause)))?.[0];
}
