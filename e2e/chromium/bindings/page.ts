/// <reference types="node" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchBrowser } from '../../browser.ts';
import { collectFacts, type PageFacts } from '../page-facts.ts';

/** Each has an entry in this folder that fills `window.bindings`. */
export const frameworks = ['react', 'vue'] as const;
export type Framework = (typeof frameworks)[number];

const entries: Record<Framework | `${Framework}-ssr`, string> = {
  react: 'react.tsx',
  'react-ssr': 'react-ssr.tsx',
  vue: 'vue.ts',
  'vue-ssr': 'vue-ssr.ts',
};

export interface PageOptions {
  /** What the page is before its script has run. @default an empty element for the app, and a text field */
  html?: string;
}

/** A page of its own origin, built from `dist` as the app's bundler would; development builds have StrictMode. */
export async function openBindingsPage(
  entry: keyof typeof entries,
  mode: 'development' | 'production',
  { html = emptyPage }: PageOptions = {},
): Promise<{ page: Page; facts: PageFacts }> {
  const origin = await serve(await bundle(entries[entry], mode), html);
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const facts = collectFacts(page);
  await page.goto(origin);
  return { page, facts };
}

async function bundle(entry: string, mode: string): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { page: join(import.meta.dirname, entry) },
    outdir: '/',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': JSON.stringify(mode),
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true',
    },
    minify: mode === 'production',
    // The packages are taken by name, from `dist`; TypeScript’s paths lead to the sources.
    tsconfigRaw: {},
    write: false,
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
}

const emptyPage = '<div id="app"></div><label>Say <input></label>';

async function serve(files: ReadonlyMap<string, string>, html: string): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url);
    if (file !== undefined && extname(url) === '.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(file);
    } else if (url === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(
        `<!doctype html><html lang="en"><head><title>Bindings</title><link rel="icon" href="data:,"></head>` +
          `<body>${html}<script type="module" src="/page.js"></script></body></html>`,
      );
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
