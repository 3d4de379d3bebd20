import type { Watched } from './client.ts';
import type { Expected, World } from './world.ts';

/** Throws with all that was seen and must not be. */
export function checkComplaints({ complaints, accounts }: World): void {
  if (accounts.mostFlights > 1) complaints.push(`${accounts.mostFlights} token requests at once`);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

/** Two links only where one may take the other's place; whatever moment it is. */
export function checkLinks({ clients, complaints }: World): void {
  for (const { name, wire, settings } of clients) {
    const most = settings.rotation === 'off' || settings.rotation === 'refresh' ? 1 : 2;
    // refreshAuthentication() may overlap, too.
    if (wire.links() > Math.max(most, 2)) complaints.push(`${name}: ${wire.links()} links`);
  }
}

export interface Watchdog {
  /** To be asked when everything that needs no time has happened. */
  check(expected: Expected): void;
}

/** What must hold whenever nothing is about to happen. */
export function createWatchdog(world: World): Watchdog {
  const before = world.clients.map(({ wire }) => ({ frames: wire.frames, silent: false, wakings: 0 }));

  function checkSilence(client: Watched, index: number): void {
    const { hub, wire, name } = client;
    const last = before[index]!;
    const silent = hub.getSnapshot().status === 'disconnected';
    // A status that came and went would show as a change.
    const changes = client.counts.get('statusChanged') ?? 0;
    if (silent && last.silent && last.wakings === changes && wire.frames > last.frames) {
      world.complaints.push(`${name}: it is disconnected, and sends: ${wire.last}`);
    }
    before[index] = { frames: wire.frames, silent, wakings: changes };
  }

  function checkSnapshot({ hub, name }: Watched): void {
    const { status, connectionId, error, retryAt, auth } = hub.getSnapshot();
    const connected = status === 'connected';
    if (connected !== (connectionId !== null))
      world.complaints.push(`${name}: ${status} with the connection ${connectionId}`);
    if (connected && error) world.complaints.push(`${name}: connected, with the error ${error.message}`);
    if (connected && auth !== 'authenticated' && auth !== 'anonymous')
      world.complaints.push(`${name}: connected, and ${auth}`);
    if (retryAt !== null && status !== 'connecting' && status !== 'reconnecting') {
      world.complaints.push(`${name}: ${status}, and will try again`);
    }
  }

  return {
    check(expected) {
      world.clients.forEach((client, index) => {
        checkSilence(client, index);
        checkSnapshot(client);
        const { disposed, wishes } = expected.clients[index]!;
        const shown = client.hub.getSnapshot().groups;
        const missing = wishes.filter((name) => name !== null && !shown.has(name));
        if (!disposed && missing.length > 0)
          world.complaints.push(`${client.name}: ${missing.join()} is wanted, and not shown`);
        if (expected.frozen) client.numbers.hold();
        else {
          const lost = client.numbers.silentlyLost(world.slack);
          if (lost.length > 0) world.complaints.push(`${client.name}: ${lost.join()} was lost, and gaps did not grow`);
        }
      });
    },
  };
}
