/// <reference types="node" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

export interface BuiltPages {
  url: string;
  close(): Promise<void>;
}

/** Pages as an app’s own build makes them, served on a free port. */
export async function serveBuilt(configFile: string, mode = 'production'): Promise<BuiltPages> {
  const outDir = await mkdtemp(join(tmpdir(), 'pages-'));
  await build({ configFile, mode, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = await preview({
    configFile,
    logLevel: 'warn',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  return {
    url: server.resolvedUrls?.local[0] ?? '',
    async close() {
      await server.close();
      await rm(outDir, { recursive: true });
    },
  };
}
