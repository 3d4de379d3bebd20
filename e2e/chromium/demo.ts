/// <reference types="node" />
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type Chat, type ChatOptions, startChat } from '../../examples/chat/server/chat.ts';
import type { ChatServerName } from '../../examples/chat/server/chat-server.ts';
import { launchBrowser } from '../browser.ts';

/** The hub of this run: the same tests hold for both. */
const server: ChatServerName = process.env['TEST_SERVER'] === 'aspnetcore' ? 'aspnetcore' : 'embedded';

/** What `npm start` starts, and a browser to look at it. */
export interface Demo {
  readonly chat: Chat;
  readonly browser: Browser;
}

/** Starts it for the tests of a file, or of a `describe`, and takes it down after them. */
export function demoForTests(options: Omit<ChatOptions, 'server' | 'port'> = {}): Demo {
  let chat: Chat | null = null;
  let browser: Browser | null = null;

  beforeAll(async () => {
    await Promise.all([
      startChat({ server, ...options }).then((started) => (chat = started)),
      launchBrowser().then((launched) => (browser = launched)),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await chat?.close();
  });

  return {
    get chat() {
      if (!chat) throw new Error('The demo runs during tests only.');
      return chat;
    },
    get browser() {
      if (!browser) throw new Error('The browser runs during tests only.');
      return browser;
    },
  };
}
