import { asError, HubError } from '../vocabulary/errors.js';

/** What a token end point said. */
export interface TokenAnswer {
  readonly url: string;
  readonly status: number;
  /** Its JSON; empty where it sent none. */
  readonly said: Readonly<Record<string, unknown>>;
}

/**
 * Sends a form, or an object as JSON, to a token end point. There is no time-out: an aborted request may have rotated the
 * refresh token, and then nobody has it.
 *
 * @throws HubError `token-unavailable` where there is no answer. What was sent is in no error.
 */
export async function postForTokens(url: string, sent: URLSearchParams | object): Promise<TokenAnswer> {
  // A form says itself what it is, and needs no preflight.
  const isForm = sent instanceof URLSearchParams;
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: isForm ? sent : JSON.stringify(sent),
      ...(isForm ? {} : { headers: { 'Content-Type': 'application/json' } }),
    });
    const said = (await response.json().catch(() => {})) as TokenAnswer['said'] | undefined;
    return { url, status: response.status, said: said ?? {} };
  } catch (thrown) {
    throw new HubError('token-unavailable', `${url} does not answer: ${asError(thrown).message}`);
  }
}

/** An answer without a token, to a sign-in or to a refresh. */
export function refusalOf({ url, status, said }: TokenAnswer, signingIn: boolean): HubError {
  // OAuth’s own, then those of problem details (RFC 9457).
  const words = [said['error_description'], said['detail'], said['error'], said['title']].find(
    (word) => typeof word === 'string' && word,
  ) as string | undefined;
  if (signingIn && status < 500 && status !== 429) {
    return words
      ? new HubError('unauthorized', words, { status, remediation: 'Check the user name and the password.' })
      : // Nobody, or a page of the app, answers here.
        new HubError('configuration', `${url} is no token end point: HTTP ${status}.`, { status });
  }
  // Overload and faults pass; a wrong client, or a wrong address, is mended by whoever runs the server.
  return new HubError('token-unavailable', `${url} answered ${status}: ${words ?? 'without a token'}`, { status });
}
