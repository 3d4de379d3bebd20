import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/** Something that a suite needs from the machine: there, or missing with the one line that says how to get it. */
export type Capability<T> = { found: T } | { missing: string };

/** Where a browser comes from: an executable of the machine, or the packed one of `@sparticuz/chromium`. */
export type ChromiumOrigin = { executablePath: string } | { npm: '@sparticuz/chromium' };

export function chromium(): Capability<ChromiumOrigin> {
  const wished = process.env['CHROMIUM_PATH'];
  if (wished) {
    return existsSync(wished)
      ? { found: { executablePath: wished } }
      : { missing: `CHROMIUM_PATH is ${wished}, which does not exist: set it to a Chromium executable, or unset it` };
  }
  // The package holds one binary, for Linux on x64.
  if (process.platform === 'linux' && process.arch === 'x64' && isInstalled('@sparticuz/chromium')) {
    return { found: { npm: '@sparticuz/chromium' } };
  }
  const installed = chromiumsOfTheMachine().find((file) => existsSync(file));
  if (installed) return { found: { executablePath: installed } };
  return {
    missing:
      'no Chromium: `npm ci` brings one for Linux on x64 (@sparticuz/chromium); elsewhere install Chrome or set CHROMIUM_PATH',
  };
}

/** A .NET SDK that can build and run the hub on ASP.NET Core. */
export function dotnet(): Capability<{ version: string }> {
  let sdks = '';
  try {
    sdks = execFileSync('dotnet', ['--list-sdks'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // No dotnet on the PATH: the same as no SDK.
  }
  const version = /^10\.\S+/m.exec(sdks)?.[0];
  if (version) return { found: { version } };
  return {
    missing: 'no .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0, then `dotnet` must be on the PATH',
  };
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function chromiumsOfTheMachine(): string[] {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return [
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
}
