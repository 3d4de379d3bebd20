const { HubError, SessionEndedError } = HubCore;

/**
 * `call(method, path, { body, signal })` asks a function of the app, and throws a HubError with what it said.
 *
 * @param url of the functions, without a slash at the end
 * @param auth the source that the hub has, too
 */
export function createCall(url, auth, headers) {
  /** With the app’s token, the one that is good now: `token` of a link is the one that it was opened with. */
  return async function call(method, path, { body, signal } = {}) {
    const send = (token) =>
      fetch(`${url}/${path}`, {
        method,
        signal,
        headers: { ...headers, Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
        body: body && JSON.stringify(body),
      }).catch((cause) => {
        if (signal?.aborted) throw cause;
        const remediation = 'Check the network, then reload the page or try again.';
        throw new HubError('unreachable', 'The functions do not answer.', { cause, remediation });
      });
    const token = await accessToken({ reason: 'requested', force: false, attempt: 0 });
    let response = await send(token);
    if (response.status === 401) {
      const rejection = { reason: 'rejected', force: true, rejected: token, status: 401, attempt: 0 };
      response = await send(await accessToken(rejection));
    }
    if (!response.ok) throw await refusalOf(response);
    return response.status === 204 ? undefined : response.json();
  };

  async function accessToken(request) {
    try {
      const credentials = await auth.getToken(request);
      if (credentials) return credentials.token;
      throw new SessionEndedError();
    } catch (error) {
      // Tells the hub, too, and so the page.
      if (error instanceof SessionEndedError) await auth.manager.removeUser();
      throw error;
    }
  }
}

/** For groups and live queries: a refusal waits for somebody to try again, anything else is tried again by itself. */
async function refusalOf(response) {
  const { status } = response;
  const { message = `The function answered ${status}.` } = await response.json().catch(() => ({}));
  const isRefusal = status < 500;
  return new HubError(isRefusal ? 'method-forbidden' : 'method-failed', message, {
    status,
    retryable: !isRefusal,
    remediation: isRefusal ? '' : 'Try again in a moment.',
  });
}
