import { decodeJwt } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { labKind, startLab } from '../lab/index.ts';
import { createClient, nextEvent, signIn, startServers } from './client.ts';

it.each(['WebSockets', 'LongPolling'] as const)(
  '21. a redirect over %s: neither host sees the token of the other, and after a drop it starts at the app again',
  async (transport) => {
    const { lab: app, endpoint } = await startServers({ tokens: { expiresIn: 3 } });
    const host = await startLab(labKind());
    onTestFinished(() => host.close());
    const accessToken = await host.issue({ sub: 'ann-of-the-host', expiresIn: 300 });
    await app.redirect({ url: host.url, accessToken });
    const { source } = await signIn(endpoint);
    const { hub, types } = createClient(app.url, { auth: source, signalr: { transport } });
    await hub.start();
    expect(await hub.invoke('WhoAmI')).toMatchObject({ userId: 'ann-of-the-host' });

    // The app's token is renewed while the connection lives on the host's.
    await nextEvent(hub, 'tokenRefreshed');
    await hub.invoke('Echo', 'with which token?');
    const restored = nextEvent(hub, 'restored');
    await host.drop();
    await restored;
    expect(await hub.invoke('WhoAmI')).toMatchObject({ userId: 'ann-of-the-host' });

    const ofHost = new Set((await host.requests()).map(({ tokenId }) => tokenId));
    expect(ofHost).toEqual(new Set([decodeJwt(accessToken).jti]));
    const atApp = await app.requests();
    expect(atApp.map(({ path, status }) => `${path} ${status}`)).toEqual(['/hub/negotiate 200', '/hub/negotiate 200']);
    const renewed = atApp.map(({ tokenId }) => tokenId);
    expect(new Set(renewed).size).toBe(2);
    expect(renewed).not.toContain(decodeJwt(accessToken).jti);
    expect(endpoint.requests).toBe(1);
    expect(types('reconnecting', 'restored', 'unauthorized')).toEqual(['reconnecting', 'restored']);
  },
);
