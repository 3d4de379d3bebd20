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

/** A fresh headless Chromium. Each test opens contexts of its own in it (`browser.newContext()`): a context is a user. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const capability = chromium();
  if ('missing' in capability) throw new Error(capability.missing);
  const { executablePath, env } =
    'npm' in capability.found ? await packedChromium() : { executablePath: capability.found.executablePath, env: {} };
  return playwright.launch({
    ...options,
    executablePath,
    args: [...args, ...(options.args ?? [])],
    env: { ...definedEnvironment(), ...env, ...options.env },
  });
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
