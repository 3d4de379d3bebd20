import { fileURLToPath } from 'node:url';
import { type AspNetCoreServer, startAspNetCore } from '../common/aspnetcore.ts';
import { type Pages, startPages } from '../common/pages.ts';
import { demoUsers } from '../common/users.ts';

/** What the pages ask for at `/config.json` when they start. */
export interface BffConfig {
  /** The backend for this frontend: another origin than the page's, without a slash at the end. */
  readonly serverUrl: string;
  readonly crossSite: boolean;
}

export interface BffOptions {
  /** The page here, the server on the next one, the page of somebody else on the one after it. @default free ports */
  readonly port?: number;
  /** The page calls itself localhost and the server 127.0.0.1: two sites. @default false: two origins of one site */
  readonly crossSite?: boolean;
  /** Seconds. @default 8 hours */
  readonly sessionLifetime?: number;
}

export interface Bff {
  readonly pageUrl: string;
  readonly serverUrl: string;
  /** A page that has no business with the server: of the same site as the server, but of an origin that it does not know. */
  readonly foreignUrl: string;
  close(): Promise<void>;
}

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page, its server, and somebody else’s page. Used by `npm start` and by the end-to-end test. */
export async function startBff({ port, crossSite = false, sessionLifetime }: BffOptions = {}): Promise<Bff> {
  const running: { close(): Promise<void> }[] = [];
  const started = <T extends Pages | AspNetCoreServer>(part: T): T => {
    running.unshift(part);
    return part;
  };
  const close = async (): Promise<void> => void (await Promise.all(running.map((part) => part.close())));
  const portOf = (offset: number): number => (port ? port + offset : 0);

  try {
    // The page comes first: the server is told where it is.
    let config: BffConfig | null = null;
    const shared = { scriptFolder: folder('../../packages/core/dist'), config: () => config };
    const pages = started(
      await startPages({
        ...shared,
        port: portOf(0),
        folders: { '/bff/': folder('./page/dist') },
        ...(crossSite ? { hostName: 'localhost' as const } : {}),
      }),
    );
    const server = started(
      await startAspNetCore({
        project: new URL('./aspnetcore/', import.meta.url),
        name: 'bff-server',
        port: portOf(1),
        settings: {
          Bff__Pages: pages.origin,
          Bff__CrossSite: String(crossSite),
          Bff__ExitWithParent: 'true',
          ...(sessionLifetime === undefined ? {} : { Bff__SessionLifetime: String(sessionLifetime) }),
          ...userSettings(),
        },
      }),
    );
    const foreign = started(
      await startPages({ ...shared, port: portOf(2), folders: { '/foreign/': folder('./foreign') } }),
    );
    config = { serverUrl: server.origin, crossSite };
    return {
      pageUrl: `${pages.origin}/bff/`,
      serverUrl: server.origin,
      foreignUrl: `${foreign.origin}/foreign/`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function userSettings(): Record<string, string> {
  const settings = demoUsers.flatMap(({ id, name, password }, index) => [
    [`Bff__Users__${index}__Id`, id],
    [`Bff__Users__${index}__Name`, name],
    [`Bff__Users__${index}__Password`, password],
  ]);
  return Object.fromEntries(settings) as Record<string, string>;
}
