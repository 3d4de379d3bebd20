const standard = 'http://hub.test/hub';

/** Absolute, as the platform would resolve it: against the page's own address, where there is a page. */
export function absoluteUrl(url: string | URL): URL {
  return new URL(url, (globalThis.location as Location | undefined)?.href ?? standard);
}

export interface Address {
  /** As HTTP, without a query. */
  readonly url: string;
  /** Whether a request (or a WebSocket) to this URL goes to the hub: its path, or one below it. */
  owns(url: URL): boolean;
}

export function createAddress(given: string = standard): Address {
  const own = absoluteUrl(given);
  own.protocol = own.protocol.replace('ws', 'http');
  const path = own.pathname.replace(/\/$/, '');
  return {
    url: own.origin + path,
    owns({ protocol, host, pathname }) {
      const sameOrigin = host === own.host && protocol.replace('ws', 'http') === own.protocol;
      return sameOrigin && (pathname === path || pathname.startsWith(`${path}/`));
    },
  };
}
