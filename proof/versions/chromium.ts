/// <reference types="node" />
import { existsSync } from 'node:fs';
import { launchBrowser } from '../../e2e/browser.js';
import { chromium, dotnet } from '../../e2e/capabilities.js';
import type { Claim } from '../claim.ts';
import { runSuite } from './suite.ts';

/** The pages in the newest Chromium that is to be had, on the test hub and on ASP.NET Core. */
export async function inChromium(): Promise<Claim[]> {
  const newest = await newestChromium();
  if (typeof newest === 'string') return [{ ...pages, server: 'Chromium', figure: newest, holds: false }];
  const { version, env } = newest;
  const claims = [
    { ...pages, server: `Chromium ${version} and test hub`, ...(await runSuite({ projects: ['chromium'], env })) },
  ];
  const sdk = dotnet();
  const aspNetCore =
    'missing' in sdk
      ? { figure: sdk.missing, holds: false }
      : await runSuite({ projects: ['aspnetcore'], files: ['e2e/chromium'], env });
  return [...claims, { ...pages, server: `Chromium ${version} and ASP.NET Core 10`, ...aspNetCore }];
}

const pages = { claim: 'The pages do in the newest Chromium what they are said to', seed: null };

/** That of npm, or an installed one that is newer; or why there is none. */
async function newestChromium(): Promise<{ version: string; env: NodeJS.ProcessEnv } | string> {
  const wished = process.env['CHROMIUM_PATH'];
  const installed = wished ? [] : ['/usr/bin/chromium', '/usr/bin/google-chrome'].filter((file) => existsSync(file));
  if (!wished && installed.length === 0) {
    console.log('No installed Chromium, so that of npm: `apt-get install chromium` brings the newest of Debian.');
  }
  let newest: { version: string; env: NodeJS.ProcessEnv } | null = null;
  for (const path of [wished ?? '', ...installed.slice(0, 1)]) {
    const env = { CHROMIUM_PATH: path };
    Object.assign(process.env, env);
    const capability = chromium();
    if ('missing' in capability) {
      if (!newest && installed.length === 0) return capability.missing;
      continue;
    }
    const browser = await launchBrowser();
    const version = browser.version();
    await browser.close();
    if (!newest || major(version) > major(newest.version)) newest = { version, env };
  }
  return newest ?? 'none could be started';
}

const major = (version: string): number => Number.parseInt(version, 10);
