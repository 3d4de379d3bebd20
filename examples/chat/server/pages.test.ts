import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Pages } from '../../common/pages.ts';
import { startChatPages, type PagesConfig } from './pages.ts';

let root: string;
let pages: Pages;
let config: PagesConfig | null = null;
let hubIsBack = (): void => {};
const restartHub = vi.fn(() => new Promise<void>((resolve) => (hubIsBack = resolve)));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pages-'));
  await mkdir(join(root, 'page/assets'), { recursive: true });
  await writeFile(join(root, 'page/index.html'), '<h1>Grüße</h1>');
  await writeFile(join(root, 'page/assets/app.js'), 'export {};');
  await writeFile(join(root, 'page/.secret'), 'secret');
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(root, 'hub.global.min.js'), 'var HubCore;');
  pages = await startChatPages({
    folders: { '/react/': join(root, 'page'), '/vue/': join(root, 'not-built') },
    scriptFolder: root,
    config: () => config,
    restartHub,
  });
});

afterAll(async () => {
  hubIsBack();
  await pages.close();
  await rm(root, { recursive: true });
});

const get = (path: string, init?: RequestInit) => fetch(pages.origin + path, { redirect: 'manual', ...init });

/** `fetch` tidies paths up before it sends them; an attacker does not. */
function getAsIs(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; location: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(pages.origin, { path, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', body }),
      );
    });
    asked.on('error', reject).end();
  });
}

it('serves pages and script with their types, uncached', async () => {
  const page = await get('/react/?code=1');
  expect(await page.text()).toBe('<h1>Grüße</h1>');
  expect(page.headers.get('content-type')).toBe('text/html;charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect((await get('/react/assets/app.js')).headers.get('content-type')).toBe('text/javascript');
  expect(await (await get('/hub.global.min.js')).text()).toBe('var HubCore;');
});

it('links to the pages', async () => {
  const index = await (await get('/')).text();
  for (const page of ['/script-tag/', '/react/', '/vue/']) expect(index).toContain(`href="${page}"`);
});

it('sends to the folder who forgot the slash, and to the known origin who wrote localhost', async () => {
  expect((await get('/react')).headers.get('location')).toBe('/react/');
  const { port } = new URL(pages.origin);
  expect((await getAsIs('/react/?x=1', { host: `localhost:${port}` })).location).toBe(`${pages.origin}/react/?x=1`);
});

it('gives nothing from outside the folders, and nothing hidden', async () => {
  const paths = [
    '/react/../secret.txt',
    '/react/%2e%2e/secret.txt',
    '/react/..%2fsecret.txt',
    '/react//../../secret.txt',
    '/react/..\\secret.txt',
    '/react/.secret',
    '/react/%2esecret',
    '/secret.txt',
    '//',
  ];
  for (const path of paths) {
    const { status, body } = await getAsIs(path);
    expect([path, status === 404 || status === 400]).toEqual([path, true]);
    expect(body).not.toBe('secret');
  }
});

it('says what to do when a page is not built', async () => {
  const response = await get('/vue/');
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('`npm start` builds it');
});

it('tells the pages where everything is, once everything runs', async () => {
  expect((await get('/config.json')).status).toBe(503);
  config = { authority: 'http://a', clientId: 'chat', hubUrl: 'http://h', server: 'embedded' };
  expect(await (await get('/config.json')).json()).toEqual(config);
});

it('restarts the hub when its own pages ask, one restart at a time', async () => {
  const restart = (origin: string) => get('/demo/restart-hub', { method: 'POST', headers: { origin } });

  expect((await restart('http://elsewhere.example')).status).toBe(403);
  expect((await get('/demo/restart-hub')).status).toBe(405);
  expect(restartHub).not.toHaveBeenCalled();
  expect((await restart(pages.origin)).status).toBe(202);
  expect((await restart(pages.origin)).status).toBe(202);

  expect(restartHub.mock.calls).toEqual([[{ downFor: 3000 }]]);
});
