import { fileURLToPath } from 'node:url';
import { type AspNetCoreServer, startAspNetCore } from '../../common/aspnetcore.ts';
import { startPages } from '../../common/pages.ts';
import type { ShoppingConfig } from '../contract.ts';

export interface SpaPasswordOptions {
  /** The page here, the server on the next one. @default free ports */
  readonly port?: number;
  /** Seconds. @default 60 */
  readonly accessTokenLifetime?: number;
}

export interface SpaPassword {
  /** With a slash at the end. */
  readonly pageUrl: string;
  readonly server: AspNetCoreServer;
  close(): Promise<void>;
}

const folder = (path: string): string => fileURLToPath(new URL(`../../../${path}/`, import.meta.url));

/** The page, and the server with its two ways in. Used by `npm start` and by the end-to-end tests. */
export async function startSpaPassword({ port, accessTokenLifetime = 60 }: SpaPasswordOptions): Promise<SpaPassword> {
  let config: ShoppingConfig | null = null;
  const pages = await startPages({
    ...(port === undefined ? {} : { port }),
    folders: { '/shopping/': folder('examples/spa-password/vue/dist') },
    scriptFolder: folder('packages/core/dist'),
    config: () => config,
  });
  try {
    const server = await startAspNetCore({
      project: new URL('../aspnetcore/', import.meta.url),
      name: 'spa-server',
      ...(port === undefined ? {} : { port: port + 1 }),
      settings: {
        Shopping__Origin: pages.origin,
        Shopping__AccessTokenLifetime: String(accessTokenLifetime),
        Shopping__ExitWithParent: 'true',
      },
    });
    config = { apiUrl: server.origin };
    const close = async (): Promise<void> => void (await Promise.all([pages.close(), server.close()]));
    return { pageUrl: `${pages.origin}/shopping/`, server, close };
  } catch (error) {
    await pages.close();
    throw error;
  }
}
