/// <reference types="node" />
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, type PluginOption, type ViteDevServer } from 'vite';
import { onTestFinished } from 'vitest';

const repository = join(import.meta.dirname, '../..');

/** Vite's own server for an app whose modules are edited while it runs. */
export async function serveForEdits(root: string, plugin: PluginOption, include: string[]): Promise<ViteDevServer> {
  const vite = await createServer({
    root,
    configFile: false,
    cacheDir: join(root, '.vite'),
    logLevel: 'silent',
    plugins: [plugin],
    server: { host: '127.0.0.1', port: 0, watch: null, fs: { allow: [root, repository] } },
    // All at once: a dependency that is found later reloads the page.
    optimizeDeps: { include },
  });
  onTestFinished(() => vite.close());
  return vite.listen();
}

/** Tells Vite itself: a watcher takes two edits that follow each other at once for one (measured, chokidar in Vite 8). */
export async function edit(vite: ViteDevServer, file: string, text: string): Promise<void> {
  await writeFile(file, text);
  vite.watcher.emit('change', file);
}
