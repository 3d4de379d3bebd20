import { expect, it } from 'vitest';
import { createClient, signIn, startServers, unhandledRejections, until } from './client.ts';
import { anHourPasses } from './clock.ts';
import { countResources } from './resources.ts';

it('5. invalid_grant on the way back ends the session once, and nothing asks the hub again', async () => {
  const { lab, endpoint } = await startServers();
  const rejections = unhandledRejections();
  const resources = countResources();
  const { manager, source } = await signIn(endpoint, { expiresIn: 300 });
  const { hub, types } = createClient(lab.url, { auth: source, signalr: { WebSocket: resources.WebSocket } });
  hub.join('room');
  await hub.start();
  const waiting = until(hub, ({ status, auth }) => status === 'disconnected' && auth === 'signed-out');

  endpoint.fail('invalid_grant');
  anHourPasses();
  await lab.drop();
  const { error } = await waiting;

  expect(error).toMatchObject({ code: 'session-ended', retryable: false });
  await expect(hub.invoke('Add', 1, 2)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  expect(types('sessionEnded', 'tokenRefreshFailed', 'unauthorized', 'restored')).toEqual(['sessionEnded']);
  expect(endpoint.requests).toBe(1);
  expect(await manager.getUser()).toBeNull();
  // "No negotiate in the next 60 s" without waiting for them: code runs again only from a timer, from a socket, or
  // because somebody calls it. No timer that this client or its source started is left, no socket is open, and neither
  // the user nor the app does anything. So the one negotiate that has been stays the last.
  expect({ timers: resources.timers(), sockets: resources.sockets() }).toEqual({ timers: [], sockets: 0 });
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200]);
  expect(rejections).toEqual([]);
});
