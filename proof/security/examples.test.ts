/// <reference types="node" />
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createTestHub, createTestOidc } from '@org/hub-testing';
import { expect, it, onTestFinished } from 'vitest';
import { listen, unlisten } from '../../examples/common/listener.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Paths below a folder, without what is built or installed. */
function sources(folder: string, ending: RegExp): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => ending.test(file) && !/\/(node_modules|dist|bin|obj)\//.test(file));
}

const linesWith = (files: string[], what: RegExp): string[] =>
  files.flatMap((file) =>
    readFileSync(root + file, 'utf8')
      .split('\n')
      .filter((line) => what.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );

it('no page of the examples makes HTML, code or an address of what it is told', () => {
  const pages = sources('examples', /\.(tsx?|vue|js|html)$/);
  expect(pages.length).toBeGreaterThan(80);
  const makes =
    /innerHTML|outerHTML|insertAdjacentHTML|v-html|dangerouslySetInnerHTML|document\.write|\beval\(|new Function\(|srcdoc/;
  expect(linesWith(pages, makes)).toEqual([]);
  // Where they send the user themselves: to the log-in of their own server.
  const goes = /location\.(assign|replace|href =)|window\.open/;
  expect(linesWith(pages, goes)).toEqual([expect.stringContaining('location.assign(`${serverUrl}/bff/login?')]);
});

it('whatever else listens names the loopback address', () => {
  const files = ['examples', 'e2e', 'bench', 'packages/testing/src', 'proof'].flatMap((folder) =>
    sources(folder, /\.(ts|cs)$/),
  );
  const listens = linesWith(files, /0\.0\.0\.0|ListenAnyIP|http:\/\/\*|http:\/\/\+|\.listen\([\w.]+(, \(|\))/);
  // What a server of ours is given without a host has its own: the test hub, the provider and Vite listen on 127.0.0.1.
  expect(listens.filter((line) => !line.startsWith('proof/security/'))).toEqual(
    listens.filter((line) => /\b(hub|oidc|app|vite|entrances|provider)\.listen\(/.test(line)),
  );
});

/** Another address of this machine, on which a server for the whole network would answer, too. */
const other = '127.0.0.2';

it.runIf(process.platform === 'linux').each([
  ['the test hub', async () => portOf((await disposed(createTestHub({})).listen()).url)],
  ['the test provider', async () => portOf((await disposed(createTestOidc()).listen()).authority)],
  [
    'a server of the examples',
    async () => {
      const server = createServer();
      onTestFinished(() => unlisten(server));
      return listen(server, 0);
    },
  ],
])('%s is not to be reached from another address', async (_, start) => {
  const port = await start();
  expect([await answers('127.0.0.1', port), await answers(other, port)]).toEqual([true, false]);
});

function disposed<T extends { dispose(): Promise<void> | void }>(what: T): T {
  onTestFinished(() => what.dispose());
  return what;
}

const portOf = (url: string): number => Number(new URL(url).port);

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => resolve((socket.destroy(), true)));
    socket.on('error', () => resolve(false));
  });
}
