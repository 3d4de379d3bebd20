import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a launch needs to know of the unpacked browser. */
export interface PackedChromium {
  executablePath: string;
  env: Record<string, string>;
}

let unpacked: Promise<PackedChromium> | undefined;

/**
 * The Chromium of `@sparticuz/chromium`, unpacked once for each clone into `node_modules/.cache`. The package asks for Node 22
 * (npm says so in a warning); what unpacks it here runs on Node 20 as well.
 */
export function packedChromium(): Promise<PackedChromium> {
  return (unpacked ??= unpack());
}

async function unpack(): Promise<PackedChromium> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@sparticuz/chromium');
  const { version } = require(join(dirname(entry), '../package.json')) as { version: string };
  const cache = fileURLToPath(new URL('../node_modules/.cache/hub-sdk', import.meta.url));
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) {
    // Its `executablePath()` takes any file that already exists for a whole one. So it works in a folder of its own, which
    // gets its name only when all is there: neither an interrupted run nor two runs at once can leave half a browser.
    await mkdir(cache, { recursive: true });
    const draft = await mkdtemp(join(cache, 'unpacking-'));
    try {
      await run(process.execPath, ['--input-type=module', '--eval', unpackingScript], {
        cwd: dirname(entry),
        // It unpacks to TMPDIR; its shared libraries (NSS, expat) only where it believes to be on AWS Lambda.
        env: { ...process.env, TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
      });
      await rename(draft, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  const executablePath = join(folder, 'chromium');
  return { executablePath, env: { ...(await fonts(folder)), ...(await libraries(folder, executablePath)) } };
}

const unpackingScript = `
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
`;

/** The machine's fonts and the packed ones: a bare machine has none, and without any font a page has no visible text. */
async function fonts(folder: string): Promise<Record<string, string>> {
  const file = join(folder, 'fonts.conf');
  const text = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current !== text) await writeFile(file, text);
  return { FONTCONFIG_FILE: file };
}

/** The packed shared libraries, only where the machine lacks them: its own fit its own glibc better. */
async function libraries(folder: string, executablePath: string): Promise<Record<string, string>> {
  try {
    await run(executablePath, ['--version']);
    return {};
  } catch {
    return { LD_LIBRARY_PATH: [join(folder, 'al2023/lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':') };
  }
}
