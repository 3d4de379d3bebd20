import { decodeBytes, encodePart, invalidToken, readToken } from '../tokens/jwt.ts';
import type { Payload } from '../tokens/jwt.ts';

/** Signs as a provider does, with a key whose public half anybody may fetch. */
export interface Signer {
  sign(payload: object): Promise<string>;
  /** Rejects as ASP.NET Core's bearer handler does. */
  verify(token: string): Promise<Payload>;
  jwks(): Promise<{ keys: object[] }>;
}

const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
};

export function createSigner(alg: 'ES256' | 'RS256'): Signer {
  const algorithm = algorithms[alg];
  const { subtle } = globalThis.crypto;
  const kid = globalThis.crypto.randomUUID();
  let made: Promise<CryptoKeyPair> | undefined;
  const keys = (): Promise<CryptoKeyPair> =>
    (made ??= subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>);

  return {
    async sign(payload) {
      const content = `${encodePart({ alg, typ: 'JWT', kid })}.${encodePart(payload)}`;
      const { privateKey } = await keys();
      return `${content}.${encodePart(await subtle.sign(algorithm, privateKey, new TextEncoder().encode(content)))}`;
    },
    async verify(token) {
      const { payload, content, signature } = readToken(token);
      const { publicKey } = await keys();
      const bytes = new TextEncoder().encode(content);
      const good = await subtle.verify(algorithm, publicKey, decodeBytes(signature), bytes).catch(() => false);
      if (!good) throw invalidToken('The signature is invalid');
      return payload;
    },
    async jwks() {
      const { publicKey } = await keys();
      return { keys: [{ ...(await subtle.exportKey('jwk', publicKey)), kid, alg, use: 'sig' }] };
    },
  };
}
