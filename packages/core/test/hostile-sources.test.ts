import { type Credentials, HubError, tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, nextEvent, serve, until } from './hub.ts';

it.each<[string, () => unknown]>([
  ['an object without a prototype', () => Object.create(null)],
  ['an object that no text can be made of', () => ({ toString: 1 })],
  ['a symbol', () => Symbol('odd')],
  ['null', () => null],
  ['an error whose message is a symbol', () => Object.assign(new Error(), { message: Symbol('odd') })],
  ['an error without a message', () => Object.assign(new Error(), { message: undefined })],
])('a source may throw %s: it is tried again', async (_, thrown) => {
  const { url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
  let asked = 0;
  const auth = tokenFrom(() => {
    // oxlint-disable-next-line typescript/only-throw-error -- so do apps
    if ((asked += 1) === 1) throw thrown();
    return 'a-token';
  });
  const { hub } = createClient(url, { auth });
  const failed = nextEvent(hub, 'tokenRefreshFailed');
  await hub.start();
  const { error } = await failed;
  expect([error instanceof HubError, error.code, asked]).toEqual([true, 'token-unavailable', 2]);
});
