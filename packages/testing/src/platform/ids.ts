/** 128 random bits, written as ASP.NET Core writes connection ids: 22 characters of base64url. */
export function createConnectionId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return base64Url(String.fromCharCode(...bytes));
}

/** @param binary one character for each byte */
export function base64Url(binary: string): string {
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
