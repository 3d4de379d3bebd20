import { chromium } from './capabilities.js';
import { packedChromium } from './packed-chromium.js';

/** Vitest's global set-up of the browser suites: unpacks the browser before the time of any test runs. */
export default async function unpackChromium(): Promise<void> {
  const capability = chromium();
  if ('found' in capability && 'npm' in capability.found) await packedChromium();
}
