import { expect, it } from 'vitest';
import { createClient, signIn, startServers, unhandledRejections } from './client.ts';

const slow = 30_000;

it(
  '7. a token end point that takes 30 s is asked once and waited for, and does not hold up stop()',
  async () => {
    const { lab, endpoint } = await startServers();
    const rejections = unhandledRejections();
    const { manager, source } = await signIn(endpoint, { expired: true });
    const [patient, other] = [createClient(lab.url, { auth: source }), createClient(lab.url, { auth: source })];
    endpoint.delay(slow);

    const started = patient.hub.start();
    const cancelled = expect(other.hub.start()).rejects.toMatchObject({ code: 'closed' });
    await expect.poll(() => endpoint.requests).toBe(1);
    const stoppedAt = Date.now();
    await other.hub.stop();
    await cancelled;
    expect(Date.now() - stoppedAt).toBeLessThan(2_000);
    // Again, by the same client: it joins those who wait.
    const again = other.hub.start();
    await Promise.all([started, again]);

    expect(Date.now() - endpoint.requestedAt[0]!).toBeGreaterThanOrEqual(slow - 100);
    expect([endpoint.requests, endpoint.familyRevoked]).toEqual([1, false]);
    for (const { hub, types } of [patient, other]) {
      expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
      expect(types('sessionEnded', 'tokenRefreshFailed', 'unauthorized')).toEqual([]);
    }
    // What it brought is what is stored: the next renewal works.
    endpoint.delay(0);
    await manager.signinSilent();
    expect([endpoint.requests, endpoint.familyRevoked, rejections]).toEqual([2, false, []]);
  },
  slow + 30_000,
);
