import { fileURLToPath } from 'node:url';
import { type AspNetCoreServer, startAspNetCore } from '../common/aspnetcore.ts';
import { type Pages, startPages } from '../common/pages.ts';
import { type ChatProvider, type ProviderApp, startProvider } from '../common/provider.ts';

/** What the page asks for at `/config.json` when it starts. */
export interface NewsConfig {
  readonly authority: string;
  readonly clientId: string;
  /** Both hubs are below it. */
  readonly hubsUrl: string;
}

export interface NewsOptions {
  /** The page here, the provider on the next one, the hubs on the one after it. @default free ports */
  readonly port?: number;
  /** Seconds. @default 60 */
  readonly accessTokenLifetime?: number;
  /** From one dispatch of the agency to the next, ms. @default 5000 */
  readonly agencyInterval?: number;
}

export interface News {
  readonly pageUrl: string;
  readonly provider: ChatProvider;
  readonly hubsUrl: string;
  close(): Promise<void>;
}

const app: ProviderApp = { clientId: 'news', audience: 'urn:news-api', name: 'the news' };
const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page, the OpenID provider and the server with the two hubs. Used by `npm start` and by the end-to-end test. */
export async function startNews({ port, accessTokenLifetime, agencyInterval = 5000 }: NewsOptions): Promise<News> {
  const running: { close(): Promise<void> }[] = [];
  const started = <T extends Pages | ChatProvider | AspNetCoreServer>(part: T): T => {
    running.unshift(part);
    return part;
  };
  const close = async (): Promise<void> => void (await Promise.all(running.map((part) => part.close())));
  const portOf = (offset: number): number => (port ? port + offset : 0);

  try {
    // The page comes first: provider and server are told where it is.
    let config: NewsConfig | null = null;
    const pages = started(
      await startPages({
        port: portOf(0),
        folders: { '/news/': folder('./react/dist') },
        scriptFolder: folder('../../packages/core/dist'),
        config: () => config,
      }),
    );
    const pageUrl = `${pages.origin}/news/`;
    const provider = started(
      await startProvider({
        port: portOf(1),
        pageUris: [pageUrl],
        app,
        ...(accessTokenLifetime === undefined ? {} : { accessTokenLifetime }),
      }),
    );
    const server = started(
      await startAspNetCore({
        project: new URL('./aspnetcore/', import.meta.url),
        name: 'news-server',
        port: portOf(2),
        settings: {
          News__Authority: provider.issuer,
          News__Audience: app.audience,
          News__Origins: pages.origin,
          News__AgencyInterval: String(agencyInterval),
          News__ExitWithParent: 'true',
        },
      }),
    );
    const hubsUrl = `${server.origin}/hubs`;
    config = { authority: provider.issuer, clientId: app.clientId, hubsUrl };
    return { pageUrl, provider, hubsUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}
