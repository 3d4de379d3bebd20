import { type HubError, tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, serve, servePage, until } from './hub.ts';

it('what the app puts into the query of the hub’s address is in no log line and no error, whatever it is called', async () => {
  const { server, url } = await serve();
  const lines: string[] = [];
  const logger = { log: (_: string, line: string) => lines.push(line) };
  const query = '?ticket=hush-1&X-Api-Key=hush-2&sig=hush%2D3';
  const { hub } = createClient(url + query, { auth: tokenFrom('a-token'), logger });
  await hub.start();
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  await hub.stop();
  const nowhere = createClient((await servePage(200, '<!doctype html>')) + query, { logger });
  const error = await nowhere.hub.start().catch((thrown: unknown) => thrown as HubError);
  // SignalR tells of each address that it asks.
  expect(lines.some((line) => line.includes('ticket='))).toBe(true);
  const told = [...lines, String((error as HubError).stack), String((error as HubError).cause)];
  expect(told.filter((text) => text.includes('hush'))).toEqual([]);
});
