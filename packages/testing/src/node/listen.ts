import { createServer } from 'node:http';
import type { ListenOptions } from '../api/hub.ts';
import type { Entrances, Listener } from '../entrances/entrances.ts';
import { attach, hubPath } from './attach.ts';
import { openPort } from './port.ts';

/** A Node server of the hub's own: a restart closes its port and opens it again. */
export async function listen(
  entrances: Entrances,
  { port, host, path = '/hub', ...rules }: ListenOptions,
): Promise<Listener & { url: string }> {
  const server = createServer();
  const attached = attach(entrances, server, { path, ...rules });
  const { origin, up, down } = await openPort(server, { port, host });
  return {
    url: origin + hubPath(path),
    up,
    down,
    async detach() {
      await attached.detach();
      await down();
    },
  };
}
