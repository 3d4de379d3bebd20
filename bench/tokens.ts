/// <reference types="node" />
/** What people write around their token end point: it is asked when there is no token, or when that has expired. */
export function keptToken(ask: () => Promise<string>): () => Promise<string> {
  let token: string | null = null;
  return async () => {
    if (!token || expiryOf(token) <= Date.now()) token = await ask();
    return token;
  };
}

/** Epoch ms. */
function expiryOf(token: string): number {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { exp: number }).exp * 1000;
}
