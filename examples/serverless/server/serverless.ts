import { fileURLToPath } from 'node:url';
import { startPages } from '../../common/pages.ts';
import { type ChatProvider, startProvider } from '../../common/provider.ts';
import type { TramConfig } from '../contract.ts';
import { createUserReader } from './app-users.ts';
import { type FunctionHost, startFunctionHost } from './function-host.ts';
import { createFunctions } from './functions.ts';
import { type HubService, startHubService } from './hub-service.ts';
import { createHubTokens } from './hub-tokens.ts';

export interface ServerlessOptions {
  /** The page here; provider, functions and hub on the next three. @default free ports */
  readonly port?: number;
  /** Of the app’s tokens, seconds. @default 60 */
  readonly accessTokenLifetime?: number;
}

export interface Serverless {
  /** With a slash at the end. */
  readonly pageUrl: string;
  readonly provider: ChatProvider;
  readonly functions: FunctionHost;
  readonly service: HubService;
  close(): Promise<void>;
}

const app = { clientId: 'trams', audience: 'urn:tram-api', name: 'the trams' };
const folder = (path: string): string => fileURLToPath(new URL(`../../../${path}/`, import.meta.url));

/** Four hosts, as in the cloud: static page, OpenID provider, functions, hub. Used by `npm start` and by the end-to-end tests. */
export async function startServerless(options: ServerlessOptions = {}): Promise<Serverless> {
  const running: { close(): Promise<void> }[] = [];
  const started = <T extends { close(): Promise<void> }>(part: T): T => {
    running.unshift(part);
    return part;
  };
  const close = async (): Promise<void> => void (await Promise.all(running.map((part) => part.close())));
  const port = (offset: number): number => (options.port ? options.port + offset : 0);

  try {
    let config: TramConfig | null = null;
    const { origin } = started(
      await startPages({
        port: port(0),
        folders: { '/trams/': folder('examples/serverless/script-tag'), '/page/': folder('examples/common/page') },
        scriptFolder: folder('packages/core/dist'),
        config: () => config,
      }),
    );
    const pageUrl = `${origin}/trams/`;
    const { accessTokenLifetime = 60 } = options;
    const provider = started(await startProvider({ port: port(1), pageUris: [pageUrl], accessTokenLifetime, app }));
    const tokens = createHubTokens();
    const service = started(await startHubService(tokens, origin, port(3)));
    const readUser = createUserReader(provider.issuer, provider.jwksUri, app.audience);
    const functions = started(await startFunctionHost(createFunctions(readUser, tokens, service), origin, port(2)));
    config = { authority: provider.issuer, clientId: app.clientId, functionsUrl: functions.url };
    return { pageUrl, provider, functions, service, close };
  } catch (error) {
    await close();
    throw error;
  }
}
