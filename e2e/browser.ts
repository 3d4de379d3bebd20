/// <reference types="node" />
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium as playwright, type LaunchOptions } from 'playwright-core';
import { chromium } from './capabilities.js';
import { packedChromium } from './packed-chromium.js';

// Not the `args` of @sparticuz/chromium: they hold --single-process and --disable-web-security, so CORS would not be tested.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface BrowserOptions extends LaunchOptions {
  /** Whether cookies go to other sites than the page's, for certain: Debian's Chromium 156 sends none by itself. @default as it is made */
  cookiesToOtherSites?: true;
}

/** A fresh headless Chromium. Each test opens contexts of its own in it (`browser.newContext()`): a context is a user. */
export async function launchBrowser({ cookiesToOtherSites, ...options }: BrowserOptions = {}): Promise<Browser> {
  const capability = chromium();
  if ('missing' in capability) throw new Error(capability.missing);
  const { executablePath, env } =
    'npm' in capability.found ? await packedChromium() : { executablePath: capability.found.executablePath, env: {} };
  const launch = {
    ...options,
    executablePath,
    args: [...args, ...(options.args ?? [])],
    env: { ...definedEnvironment(), ...env, ...options.env },
  };
  if (!cookiesToOtherSites) return playwright.launch(launch);
  const profile = await mkdtemp(join(tmpdir(), 'profile-'));
  await mkdir(join(profile, 'Default'));
  // What somebody sets under “Third-party cookies”; there is no switch for it.
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify({ profile: { cookie_controls_mode: 0 } }));
  const browser = (await playwright.launchPersistentContext(profile, launch)).browser()!;
  return browser.on('disconnected', () => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
