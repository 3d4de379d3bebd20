/// <reference types="node" />
import { existsSync } from 'node:fs';
import { launchBrowser } from '../../e2e/browser.js';
import { chromium, dotnet } from '../../e2e/capabilities.js';
import type { Claim } from '../claim.ts';
import { runSuite } from './suite.ts';

const pages = { claim: 'The pages do in the newest Chromium what they are said to', seed: null };

/** All files of e2e/chromium: those that both servers are asked of on each, and the examples of ASP.NET Core. */
const suites = [
  { server: 'test hub', suite: { projects: ['chromium'] }, needsSdk: false },
  { server: 'ASP.NET Core 10', suite: { projects: ['aspnetcore'], files: ['e2e/chromium'] }, needsSdk: true },
  { server: 'the examples on ASP.NET Core 10', suite: { projects: ['examples'] }, needsSdk: true },
];

/** The pages in the newest Chromium that is to be had, on the test hub and on ASP.NET Core. */
export async function inChromium(): Promise<Claim[]> {
  const newest = await newestChromium();
  if ('missing' in newest) return [{ ...pages, server: 'Chromium', figure: newest.missing, holds: null }];
  const { version, env } = newest;
  const sdk = dotnet();
  const claims: Claim[] = [];
  for (const { server, suite, needsSdk } of suites) {
    const outcome =
      'missing' in sdk && needsSdk ? { figure: sdk.missing, holds: null } : await runSuite({ ...suite, env });
    claims.push({ ...pages, server: `Chromium ${version} and ${server}`, ...outcome });
  }
  return claims;
}

interface Found {
  version: string;
  env: NodeJS.ProcessEnv;
}

/**
 * That of npm, or that of the machine where it is newer. All other tests run in that of npm: by itself it shows nothing here.
 */
async function newestChromium(): Promise<Found | { missing: string }> {
  const ofTheMachine =
    process.env['CHROMIUM_PATH'] || ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((file) => existsSync(file));
  if (!ofTheMachine)
    return { missing: 'no Chromium beside that of npm: `apt-get install chromium`, or set CHROMIUM_PATH' };
  const installed = await start(ofTheMachine);
  if ('missing' in installed) return installed;
  const ofNpm = await start('');
  return 'version' in ofNpm && major(ofNpm) > major(installed) ? ofNpm : installed;
}

/** @param path none: the one that tests take by themselves */
async function start(path: string): Promise<Found | { missing: string }> {
  const env = { CHROMIUM_PATH: path };
  Object.assign(process.env, env);
  const capability = chromium();
  if ('missing' in capability) return capability;
  const browser = await launchBrowser();
  const version = browser.version();
  await browser.close();
  return { version, env };
}

const major = ({ version }: Found): number => Number.parseInt(version, 10);
