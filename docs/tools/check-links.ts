/// <reference types="node" />
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * VitePress finds links to pages that are not there. This one looks at the pages that it made, and finds links to headings
 * that are not there, and files as well.
 */
const site = join(import.meta.dirname, '../.vitepress/dist');
const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
const read = (page: string): string => readFileSync(join(site, page), 'utf8');
const idsOf = (page: string): Set<string> => new Set([...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!));
const ids = new Map(pages.map((page) => [page, idsOf(page)]));

let links = 0;
const dead = pages.flatMap((page) =>
  [...read(page).matchAll(/ href="([^"]+)"/g)].flatMap(([, href = '']) => {
    const { origin, pathname, hash } = new URL(
      href.replaceAll('&amp;', '&'),
      `https://site/${page.replace(/index\.html$/, '')}`,
    );
    if (origin !== 'https://site') return [];
    links += 1;
    const path = decodeURIComponent(pathname).slice(1);
    const target = [path, `${path}.html`, join(path, 'index.html')].find((name) => ids.has(name));
    if (!target) return existsSync(join(site, path)) ? [] : [`${page}: ${href} is no page`];
    return hash && !ids.get(target)?.has(decodeURIComponent(hash.slice(1))) ? [`${page}: ${href} is no heading`] : [];
  }),
);

console.log(`${links} links on ${pages.length} pages, ${dead.length} dead.`);
if (dead.length > 0) {
  console.error([...new Set(dead)].join('\n'));
  process.exitCode = 1;
}
