import { type HubError, tokenFrom } from '@org/hub-core';
import { createInvocation, type Invocation } from '@org/hub-core/live';
import { createTestTokens } from '@org/hub-testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, createDeferred, serve, slowMethod } from './hub.ts';

type Call = Invocation<unknown[], unknown>;

/** Each state that a listener was told of. */
function watch(call: Call): unknown[][] {
  const told: unknown[][] = [];
  onTestFinished(
    call.subscribe(() => {
      const { status, data, error } = call.getSnapshot();
      told.push([status, data, (error as HubError | null)?.code ?? null]);
    }),
  );
  return told;
}

async function started(options: Parameters<typeof serve>[0] = {}) {
  const served = await serve(options);
  const { hub } = createClient(served.url);
  await hub.start();
  return { ...served, hub };
}

it('shows the call while it is under way, and what it brought', async () => {
  const { hub } = await started();
  const echo = createInvocation(hub, 'Echo');
  const told = watch(echo);
  expect(echo.getSnapshot()).toEqual({ status: 'idle', data: undefined, error: null });
  expect(await echo.invoke('hello')).toBe('hello');
  await expect
    .poll(() => told)
    .toEqual([
      ['pending', undefined, null],
      ['success', 'hello', null],
    ]);
  echo.reset();
  await expect.poll(() => told.at(-1)).toEqual(['idle', undefined, null]);
});

it('rejects for whoever waits, shows the failure, and leaves no unhandled rejection where nobody does', async () => {
  const { hub } = await started();
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const broken = createInvocation(hub, 'Fail');
  void broken.invoke();
  await expect.poll(() => broken.getSnapshot().status).toBe('error');
  expect(broken.getSnapshot().error).toMatchObject({ code: 'method-failed', method: 'Fail' });
  // Node reports unhandled rejections once the microtasks are through.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
  await expect(broken.invoke()).rejects.toMatchObject({ code: 'method-failed' });
});

it('shows the latest call, whichever is answered first', async () => {
  const answers = [createDeferred<string>(), createDeferred<string>()];
  const { hub } = await started({ methods: { Search: (_, index: number) => answers[index]!.promise } });
  const search = createInvocation(hub, 'Search');
  const first = search.invoke(0);
  const second = search.invoke(1);
  answers[1]!.resolve('second');
  await second;
  answers[0]!.resolve('first');
  expect(await first).toBe('first');
  expect(search.getSnapshot()).toMatchObject({ status: 'success', data: 'second' });
});

it('shows nothing of a call that was reset meanwhile', async () => {
  const { methods, called, answer } = slowMethod();
  const { hub } = await started({ methods });
  const slow = createInvocation(hub, 'Slow');
  const told = watch(slow);
  const call = slow.invoke();
  await called;
  slow.reset();
  answer('too late');
  expect(await call).toBe('too late');
  await hub.invoke('Echo', 'listeners have been told');
  expect(told).toEqual([
    ['pending', undefined, null],
    ['idle', undefined, null],
  ]);
});

it('keeps a call that waits for the first connection, and shows what one user was answered to no other', async () => {
  const tokens = createTestTokens();
  const { url } = await serve({ authenticate: tokens.authenticate });
  let user = 'ann';
  let changed = (): void => {};
  const auth = tokenFrom(() => tokens.issue({ sub: user, expiresIn: 60 }), {
    subscribe: (listener) => {
      changed = () => listener('signed-in');
      return () => {};
    },
  });
  const { hub } = createClient(url, { auth });
  const echo = createInvocation(hub, 'Echo');
  const told = watch(echo);
  const start = hub.start();
  expect(await echo.invoke('of ann')).toBe('of ann');
  await start;
  expect(echo.getSnapshot().data).toBe('of ann');
  user = 'bea';
  changed();
  await expect.poll(() => told.at(-1)).toEqual(['idle', undefined, null]);
  expect(hub.getSnapshot().userId).toBe('bea');
});

it('shows the next user what that one was answered, though nobody looked meanwhile', async () => {
  const { url } = await serve();
  let user = 'ann';
  const auth = tokenFrom(() => ({ token: `token-of-${user}`, userId: user }));
  const { hub } = createClient(url, { auth });
  const echo = createInvocation(hub, 'Echo');
  await hub.start();
  await echo.invoke('of ann');
  await hub.stop();
  user = 'bea';
  await hub.start();
  await echo.invoke('of bea');
  expect(echo.getSnapshot()).toMatchObject({ status: 'success', data: 'of bea' });
});

it('shows that a stopped client refuses the call of somebody without a name', async () => {
  const { url } = await serve();
  const { hub } = createClient(url, { auth: tokenFrom(() => ({ token: 'opaque' })) });
  const echo = createInvocation(hub, 'Echo');
  const told = watch(echo);
  await hub.start();
  await hub.stop();
  await expect(echo.invoke()).rejects.toMatchObject({ code: 'closed' });
  await expect.poll(() => told.at(-1)).toEqual(['error', undefined, 'closed']);
  // It stays, whatever else the client tells.
  expect(hub.getSnapshot()).toMatchObject({ auth: 'authenticated', userId: null, status: 'disconnected' });
  expect(echo.getSnapshot().status).toBe('error');
});
