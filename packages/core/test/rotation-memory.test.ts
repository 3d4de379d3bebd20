/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Credentials, RotationMethod } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, serve } from './hub.ts';

const tokens = createTestTokens();
const rotations = 8;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How many of these are still held by somebody, once no more of them can be collected. */
async function alive(references: readonly WeakRef<object>[]): Promise<number> {
  // A WeakRef holds its target until the turn in which it was made, or asked, is over.
  await sleep(0);
  collectGarbage();
  return references.filter((reference) => reference.deref()).length;
}

async function rotate(rotation: RotationMethod) {
  const { url } = await serve({
    authenticate: tokens.authenticate,
    enableAuthenticationRefresh: rotation === 'refresh',
  });
  const sockets: WeakRef<object>[] = [];
  const credentials: WeakRef<object>[] = [];
  class Watched extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(new WeakRef(this));
    }
  }
  const auth = {
    async getToken() {
      const given: Credentials = { token: await tokens.issue({ sub: 'ann', expiresIn: 60 }), userId: 'ann' };
      credentials.push(new WeakRef(given));
      return given;
    },
  };
  const { hub } = createClient(url, { auth, rotation, signalr: { WebSocket: Watched as never } });
  await hub.start();
  for (let round = 0; round < rotations; round += 1) await hub.refreshAuthentication();
  expect(credentials).toHaveLength(rotations + 1);
  return { sockets, credentials };
}

// A page may be open for weeks.
test('overlap: what a rotation leaves behind is let go of: the links, and their tokens', async () => {
  const { sockets, credentials } = await rotate('overlap');
  expect(sockets).toHaveLength(rotations + 1);
  // The very first one, the last one and the one before it may be named somewhere; however many there were.
  await vi.waitFor(async () => expect(await alive(sockets)).toBeLessThanOrEqual(3));
  await vi.waitFor(async () => expect(await alive(credentials)).toBeLessThanOrEqual(3));
});

test('refresh: the tokens of before are let go of', async () => {
  const { sockets, credentials } = await rotate('refresh');
  expect(sockets).toHaveLength(1);
  await vi.waitFor(async () => expect(await alive(credentials)).toBeLessThanOrEqual(2));
});
