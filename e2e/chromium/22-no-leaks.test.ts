import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { expireStoredToken, logIn, openBrowser, refreshes } from './tabs.ts';
import { pageKinds, type Visit, visit } from './visit.ts';

const lifetime = 5;
const demo = demoForTests({ accessTokenLifetime: lifetime });

it.each(pageKinds)(
  '22. No leaks: no part of a token in the console, DOM or storage of the %s page, from login to logout',
  async (kind) => {
    const alice = await visit(demo, kind);
    const tokens = collectTokens(alice.page);
    const seen: string[] = [];
    const look = async (): Promise<void> => void seen.push(...(await everythingThatCanBeRead(alice)));
    const reconnected = (): Promise<unknown> =>
      alice.page.waitForFunction(() => window.statuses.slice(-2).join() === 'reconnecting,connected');
    const forgetStatuses = (): Promise<void> => alice.page.evaluate(() => void (window.statuses.length = 0));

    await look();
    await alice.logIn('alice');
    await look();
    // oidc-client-ts keeps the user where it says; that is where the collector and the exception can be trusted.
    expect(await storedByOidcClient(alice.page)).toSatisfy((text: string) =>
      [...tokens].every((t) => text.includes(t)),
    );

    // The first token is replaced by the next one, and the connection goes on with that.
    await alice.page.waitForResponse((response) => response.url().includes('/refresh?') && response.ok());
    await look();
    await forgetStatuses();
    await alice.button('Drop my connection').click();
    await reconnected();
    await look();
    await forgetStatuses();
    await alice.button('Expire my token').click();
    await reconnected();
    await look();
    await alice.enter('Staff only');
    await alice.enter('Lobby');
    await look();
    await alice.button('Log out').click();
    await alice.isVisitor();
    await look();

    // Access, refresh and id tokens of the login, of an expiry and of the button.
    expect(tokens.size).toBeGreaterThanOrEqual(3 + 2 * 2);
    // What is looked for can be found.
    expect(
      partsOf(
        tokens,
        [...tokens].map((token) => `It is ${token.slice(-20, -4)}.`),
      ),
    ).toHaveLength(tokens.size);
    expect(partsOf(tokens, [...seen, ...alice.facts.printed])).toEqual([]);
    expect(await storedByOidcClient(alice.page)).toBe('');
  },
);

it('22. No leaks: of a login that tabs share, no channel, lock, listener or socket is left after dispose()', async () => {
  demo.chat.provider.setAccessTokenLifetime(3600);
  const { context, openTab } = await openBrowser(demo);
  const first = await openTab();
  await logIn(first);
  await expireStoredToken(demo, context);
  await context.addInitScript(countWhatIsOpen);
  const refreshesBefore = refreshes(demo).length;
  const { page, isConnected, facts } = await openTab();
  await isConnected();
  expect(refreshes(demo)).toHaveLength(refreshesBefore + 1);
  // What is counted at the end can be counted.
  expect(await page.evaluate(() => window.nowOpen)).toEqual({
    channels: [expect.stringContaining('hub-core:oidc:')],
    listeners: expect.arrayContaining(['storage', 'online', 'pagehide']),
  });

  await page.evaluate(() => window.tab.hub.dispose());

  await expect.poll(() => page.evaluate(() => window.nowOpen)).toEqual({ channels: [], listeners: [] });
  const { held, pending } = await page.evaluate(() => navigator.locks.query());
  expect([held, pending]).toEqual([[], []]);
  expect(facts.sockets.map(({ closedAt }) => closedAt)).toEqual([expect.any(Number)]);
});

declare global {
  interface Window {
    /** Names of channels and types of listeners of the window that are there now. */
    nowOpen: { channels: string[]; listeners: string[] };
  }
}

/** Runs in the page, before its own scripts. */
function countWhatIsOpen(): void {
  const open = (window.nowOpen = { channels: [] as string[], listeners: [] as string[] });
  const remove = (list: string[], name: string): void => void list.splice(list.indexOf(name), 1);
  const RealChannel = BroadcastChannel;
  window.BroadcastChannel = class extends RealChannel {
    constructor(name: string) {
      super(name);
      open.channels.push(name);
    }
    override close(): void {
      super.close();
      remove(open.channels, this.name);
    }
  };
  // The page of these tests has no listeners of its own, but Playwright and oidc-client-ts may have.
  const ours = /^(storage|online|offline|pageshow|pagehide|visibilitychange|freeze|resume)$/;
  const { addEventListener, removeEventListener } = window;
  window.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    if (ours.test(args[0])) open.listeners.push(args[0]);
    addEventListener.apply(window, args);
  };
  window.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    if (ours.test(args[0])) remove(open.listeners, args[0]);
    removeEventListener.apply(window, args);
  };
}

/** Every token that the provider gives this page. */
function collectTokens(page: Page): ReadonlySet<string> {
  const tokens = new Set<string>();
  page.on('response', (response) => {
    if (response.request().method() !== 'POST' || new URL(response.url()).pathname !== '/token') return;
    response.json().then(
      (answer: Record<string, unknown>) => {
        for (const name of ['access_token', 'refresh_token', 'id_token']) {
          const token = answer[name];
          if (typeof token === 'string') tokens.add(token);
        }
      },
      () => {},
    );
  });
  return tokens;
}

/** The DOM, the address, the title, and all storage but that of oidc-client-ts. */
async function everythingThatCanBeRead({ page }: Visit): Promise<string[]> {
  const stored = await page.evaluate(() => [
    ...Object.entries(localStorage),
    ...Object.entries(sessionStorage).filter(([key]) => !key.startsWith('oidc.')),
    [document.cookie, location.href, JSON.stringify(history.state)],
    // Typed text is no part of the markup.
    [...document.querySelectorAll('input')].map(({ value }) => value),
  ]);
  return [await page.content(), ...stored.flat().map(String)];
}

function storedByOidcClient(page: Page): Promise<string> {
  return page.evaluate(() =>
    Object.entries(sessionStorage)
      .filter(([key]) => key.startsWith('oidc.user:'))
      .flat()
      .join('\n'),
  );
}

/** The texts that hold 16 characters of a token in a row: enough to be one. */
function partsOf(tokens: ReadonlySet<string>, texts: readonly string[]): string[] {
  const pieces = new Set([...tokens].flatMap(piecesOf));
  return texts.filter((text) => piecesOf(text).some((piece) => pieces.has(piece)));
}

function piecesOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 15) }, (_, start) => text.slice(start, start + 16));
}
