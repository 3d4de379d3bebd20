import { fileURLToPath } from 'node:url';
import { startAspNetCoreHub } from './aspnetcore.ts';
import { startChatHub } from './chat-hub.ts';
import type { ChatServer, ChatServerName } from './chat-server.ts';
import { startChatPages, type PagesConfig } from './pages.ts';
import { startProvider, type ChatProvider } from '../../common/provider.ts';
import { chatClientId } from '../../common/users.ts';

export interface ChatOptions {
  readonly server: ChatServerName;
  /** Pages here, provider on the next one, hub on the one after it. @default free ports */
  readonly port?: number;
  /** Seconds. @default 60 */
  readonly accessTokenLifetime?: number;
  /** How long the hub takes to say good-bye to a connection, ms. @default 0 */
  readonly disconnectDelay?: number;
  /** How many messages a room keeps. @default 50 */
  readonly historySize?: number;
}

export interface Chat {
  /** Without a slash at the end. The pages are at `/script-tag/`, `/react/` and `/vue/`. */
  readonly pagesUrl: string;
  readonly provider: ChatProvider;
  readonly hub: ChatServer;
  close(): Promise<void>;
}

const folder = (path: string): string => fileURLToPath(new URL(`../../../${path}/`, import.meta.url));

/** Everything of the demo: pages, OpenID provider, hub. Used by `npm start` and by the end-to-end tests. */
export async function startChat(options: ChatOptions): Promise<Chat> {
  const running: { close(): Promise<void> }[] = [];
  const started = <T extends { close(): Promise<void> }>(part: T): T => {
    running.unshift(part);
    return part;
  };
  const close = async (): Promise<void> => void (await Promise.all(running.map((part) => part.close())));
  const port = (offset: number): number => (options.port ? options.port + offset : 0);

  try {
    // The pages come first: provider and hub are told where they are.
    let config: PagesConfig | null = null;
    let hub: ChatServer | null = null;
    const pages = started(
      await startChatPages({
        port: port(0),
        folders: {
          '/script-tag/': folder('examples/chat/script-tag'),
          '/react/': folder('examples/chat/react/dist'),
          '/vue/': folder('examples/chat/vue/dist'),
          '/shared/': folder('examples/chat/shared'),
        },
        scriptFolder: folder('packages/core/dist'),
        config: () => config,
        restartHub: async (how) => hub?.restart(how),
      }),
    );
    const origins = [pages.origin];
    const lifetime = options.accessTokenLifetime;
    const provider = started(
      await startProvider({
        port: port(1),
        pageUris: ['script-tag', 'react', 'vue'].map((page) => `${pages.origin}/${page}/`),
        ...(lifetime === undefined ? {} : { accessTokenLifetime: lifetime }),
      }),
    );
    const startHub = options.server === 'aspnetcore' ? startAspNetCoreHub : startChatHub;
    hub = started(
      await startHub({
        port: port(2),
        authority: provider.issuer,
        origins,
        disconnectDelay: options.disconnectDelay ?? 0,
        ...(options.historySize === undefined ? {} : { historySize: options.historySize }),
      }),
    );
    config = { authority: provider.issuer, clientId: chatClientId, hubUrl: hub.url, server: options.server };
    return { pagesUrl: pages.origin, provider, hub, close };
  } catch (error) {
    await close();
    throw error;
  }
}
