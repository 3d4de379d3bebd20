import type { Watched } from './client.ts';
import type { Expected, ExpectedClient, World } from './world.ts';

/**
 * Ms that two links can live side by side: 15 s to open the second one, 20 s for its groups (in one call, then each by
 * itself), 5 s for its first answer, 15 s for the calls on the first one, 5 s until that is closed.
 */
const longestOverlap = 60_000;

/** Ms for one join: `groups.timeout`. */
const joinTimeout = 10_000;

/** Throws with all that was seen and must not be. */
export function checkComplaints({ complaints, accounts }: World): void {
  if (accounts.mostFlights > 1) complaints.push(`${accounts.mostFlights} token requests at once`);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

/** What must hold at whatever moment. */
export function checkMoment({ clients, complaints }: World): void {
  for (const client of clients) {
    const links = client.wire.links().length;
    if (links > mostLinks(client)) complaints.push(`${client.name}: ${links} links`);
    checkSnapshot(client, complaints);
  }
}

/** Two links only where one may take the other's place. */
function mostLinks({ settings: { rotation }, pending }: Watched): number {
  return rotation === 'auto' || rotation === 'overlap' || pending().includes('refreshAuthentication()') ? 2 : 1;
}

function checkSnapshot({ hub, name }: Watched, complaints: string[]): void {
  const { status, connectionId, error, retryAt, auth } = hub.getSnapshot();
  const connected = status === 'connected';
  if (connected !== (connectionId !== null)) complaints.push(`${name}: ${status} with the connection ${connectionId}`);
  if (connected && error) complaints.push(`${name}: connected, with the error ${error.message}`);
  if (connected && auth !== 'authenticated' && auth !== 'anonymous') complaints.push(`${name}: connected, and ${auth}`);
  if (retryAt !== null && status !== 'connecting' && status !== 'reconnecting')
    complaints.push(`${name}: ${status}, and will try again`);
}

export interface Watchdog {
  /** To be asked when everything that needs no time has happened. */
  check(expected: Expected): void;
}

/** What must hold whenever nothing is about to happen. */
export function createWatchdog(world: World): Watchdog {
  const checks = world.clients.map((client) => [
    watchSilence(world, client),
    watchOverlap(world, client),
    watchGroups(world, client),
  ]);

  return {
    check(expected) {
      world.clients.forEach(({ name, numbers }, index) => {
        for (const check of checks[index]!) check(expected.clients[index]!);
        if (expected.frozen) numbers.hold();
        else {
          const lost = numbers.silentlyLost(world.slack);
          if (lost.length > 0) world.complaints.push(`${name}: ${lost.join()} was lost, and gaps did not grow`);
        }
      });
    },
  };
}

/** Nothing is sent while it is disconnected. */
function watchSilence({ complaints }: World, { name, hub, wire, counts }: Watched): () => void {
  let before = { frames: wire.frames, silent: false, statusChanges: 0 };
  return () => {
    const silent = hub.getSnapshot().status === 'disconnected';
    // A status that came and went would show as a change.
    const statusChanges = counts.get('statusChanged') ?? 0;
    if (silent && before.silent && before.statusChanges === statusChanges && wire.frames > before.frames)
      complaints.push(`${name}: it is disconnected, and sends: ${wire.last}`);
    before = { frames: wire.frames, silent, statusChanges };
  };
}

/** Of two links one takes the other's place in time. */
function watchOverlap(world: World, { name, wire }: Watched): () => void {
  let links: readonly unknown[] = [];
  let since = 0;
  return () => {
    const now = wire.links();
    if (now.length < 2 || now.some((link) => !links.includes(link))) since = world.elapsed();
    links = now;
    const lasted = world.elapsed() - since;
    if (lasted > longestOverlap + world.slack) world.complaints.push(`${name}: two links for ${lasted} ms`);
  };
}

/** Each wanted group is shown; while connected it is joined, or its failure was told, or the join has time left. */
function watchGroups(world: World, client: Watched): (expected: ExpectedClient) => void {
  const { name, hub, counts, groupFailures } = client;
  const joining = new Map<string, number>();
  let before = '';
  return ({ disposed, wishes }) => {
    if (disposed) return;
    const { status, connectionId, groups } = hub.getSnapshot();
    // Each of these may be the begin of another join.
    const beginning = [connectionId, counts.get('groupFailed'), ...wishes].join();
    if (beginning !== before) joining.clear();
    before = beginning;
    for (const group of new Set(wishes.filter((wish) => wish !== null))) {
      const state = groups.get(group);
      if (!state) world.complaints.push(`${name}: ${group} is wanted, and not shown`);
      else if (state.status === 'failed' && !groupFailures.has(state.error))
        world.complaints.push(`${name}: ${group} failed, and nobody was told`);
      if (status !== 'connected' || state?.status !== 'joining') joining.delete(group);
      else if (!joining.has(group)) joining.set(group, world.elapsed());
      const lasted = world.elapsed() - (joining.get(group) ?? Infinity);
      if (lasted > joinTimeout + world.slack)
        world.complaints.push(`${name}: ${group} has been joining for ${lasted} ms`);
    }
  };
}
