import type { GroupLedger } from '../groups/group-ledger.js';
import { type Failure, LinkError } from '../link/failure.js';
import { createLink, type Link } from '../link/link.js';
import type { Credentials } from '../sources/token-source.js';
import type { HubLogger } from '../vocabulary/log.js';
import type { ResolvedOptions } from '../vocabulary/options.js';

/** Makes a link of what the app gave. @throws LinkError */
export async function makeLink(
  { url, signalr }: ResolvedOptions,
  credentials: Credentials | null,
  logger: HubLogger,
): Promise<Link> {
  const address = await step('url', () => (typeof url === 'function' ? url() : url));
  // Of Node’s own WebSocket SignalR expects too much; a browser, and an app that brings another, need none of this.
  const own =
    'process' in globalThis &&
    globalThis.WebSocket &&
    !signalr.WebSocket &&
    (await import('../link/node-socket.js').catch(() => null));
  return step('configuration', () =>
    createLink({ url: address, credentials, settings: { ...signalr, ...own }, logger }),
  );
}

/** Opens a link, prepares it and joins its groups: only then is it good for the app. @throws LinkError */
export async function openLink(
  link: Link,
  { prepare }: ResolvedOptions,
  groups: Pick<GroupLedger, 'attach'>,
): Promise<{ joined: number; failed: number }> {
  try {
    await link.open();
    const end = link.ended.then(failed);
    const ready = (async () => {
      await step('prepare', () => prepare?.(link.context));
      // A `prepare` that outlives its link has nothing to join.
      return link.context.signal.aborted ? end : groups.attach(link);
    })();
    return await Promise.race([ready, end]);
  } catch (thrown) {
    link.abandon();
    throw thrown;
  }
}

/** Out here it holds nothing: made in `openLink`, it would hold, for as long as the link lives, all that was there to open it. */
const failed = (failure: Failure): Promise<never> => Promise.reject(new LinkError(failure));

async function step<T>(kind: 'url' | 'configuration' | 'prepare', run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new LinkError({ kind, cause });
  }
}
