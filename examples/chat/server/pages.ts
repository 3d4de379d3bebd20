import { startPages, type Pages } from '../../common/pages.ts';
import type { ChatServerName } from './chat-server.ts';

/** What the pages ask for at `/config.json` when they start. */
export interface PagesConfig {
  readonly authority: string;
  readonly clientId: string;
  readonly hubUrl: string;
  readonly server: ChatServerName;
  /** Where the React and the Vue page keep the login: `local` shares it among tabs. @default 'session' */
  readonly store?: 'session' | 'local';
}

export interface ChatPagesOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** Folders by the path they are served at, slashes at both ends. */
  readonly folders: Readonly<Record<string, string>>;
  /** The folder of `hub.global.min.js`. */
  readonly scriptFolder: string;
  /** Null until everything runs. */
  readonly config: () => PagesConfig | null;
  readonly restartHub: (options: { downFor: number }) => Promise<void>;
}

const demoDownFor = 3000;

/** The three pages of the chat, and the button that takes the hub down. */
export async function startChatPages({ restartHub, ...options }: ChatPagesOptions): Promise<Pages> {
  let restarting: Promise<void> | null = null;
  const restart = (): object => {
    restarting ??= restartHub({ downFor: demoDownFor })
      .catch((error: unknown) => console.error('The hub did not come back:', error))
      .finally(() => (restarting = null));
    return { downFor: demoDownFor };
  };
  const pages = await startPages({ ...options, index: indexPage, actions: { '/demo/restart-hub': restart } });
  return {
    origin: pages.origin,
    close: async () => {
      await pages.close();
      await restarting;
    },
  };
}

const indexPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The chat, three times</title>
<link rel="stylesheet" href="/shared/chat.css">
</head>
<body>
<main>
<h1>The chat, three times</h1>
<p>One chat, one login, three ways to build the page. Open two of them, log in as two people, and pull the plug.</p>
<ul>
<li><a href="/script-tag/">Script tag</a>: one HTML file and one script, no bundler.</li>
<li><a href="/react/">React</a>: hooks and a provider, built with Vite.</li>
<li><a href="/vue/">Vue</a>: composables and a plugin, built with Vite.</li>
</ul>
</main>
</body>
</html>
`;
