import type { Watched } from './client.ts';
import { checkComplaints, checkMoment, type Watchdog } from './invariants.ts';
import type { Expected, World } from './world.ts';

/** Longer than the longest back-offs of the token and of the connection, and a request, one after the other; ms. */
const longEnough = 65_000;

/**
 * The network, the server and the token end point are well again: now everything must come to rest, then to life with a
 * sign-in, and at last to an end that leaves nothing.
 */
export async function finale(world: World, expected: Expected, watchdog: Watchdog): Promise<void> {
  const { clients, accounts, server, page, complaints } = world;
  const check = (): void => {
    watchdog.check(expected);
    checkMoment(world);
    checkComplaints(world);
  };

  for (const { disarm } of clients) disarm();
  await server.heal();
  expected.frozen = false;
  accounts.setMood('good');
  accounts.lifetime = 300_000;
  page.online = page.visible = true;
  for (const { wire } of clients) wire.offline = false;
  for (const type of ['online', 'visibilitychange', 'pageshow']) page.tell(type, { persisted: true });
  await world.rest(longEnough, () => clients.every(({ hub }) => /^(dis)?connected$/.test(hub.getSnapshot().status)));
  check();

  clients.forEach(({ name, hub }, index) => {
    const { intent } = expected.clients[index]!;
    const { status, error, auth } = hub.getSnapshot();
    if (status !== 'connected' && status !== 'disconnected') complaints.push(`${name}: it is ${status} for ever`);
    if (intent === false && status !== 'disconnected') complaints.push(`${name}: it is ${status}, and nobody wants it`);
    if (intent === true && status === 'disconnected' && !error && auth === 'authenticated') {
      complaints.push(`${name}: it does not connect, and says nothing`);
    }
  });
  checkComplaints(world);

  world.wakings += 1;
  for (const [index, client] of clients.entries()) {
    const mine = expected.clients[index]!;
    if (mine.intent !== 'maybe') continue;
    mine.intent = true;
    void client.follow('start()', client.hub.start());
  }
  accounts.signInAs('ann');
  // Who is connected may have to connect again, as ann.
  await world.pass(1_000);
  const wanted = clients.filter(
    ({ settings }, index) => expected.clients[index]!.intent === true && settings.reconnect,
  );
  await world.rest(longEnough, () => wanted.every(({ hub }) => hub.getSnapshot().status === 'connected'));
  for (const client of clients) for (const handle of client.handles) handle.retry();
  await world.rest(longEnough, async () => {
    const joined = wanted.every(({ hub }) =>
      [...hub.getSnapshot().groups.values()].every(({ status }) => status === 'joined'),
    );
    // Over long polling ASP.NET Core keeps what was cut off for 15 s more.
    const connected = clients.filter(({ hub }) => hub.getSnapshot().status === 'connected');
    return joined && connected.length >= wanted.length && (await server.connections()).length === connected.length;
  });
  check();
  // One that does not reconnect may have lost its connection for good.
  const alive = clients.filter(
    ({ settings, hub }, index) =>
      expected.clients[index]!.intent === true && (settings.reconnect || hub.getSnapshot().status === 'connected'),
  );
  for (const client of alive) checkAlive(client, expected.clients[clients.indexOf(client)]!.wishes, complaints);
  await checkServer(world, alive);
  checkComplaints(world);

  const number = (world.number += 1);
  for (const { numbers } of clients) numbers.send(number);
  await server.broadcast(number);
  // Without rotation a request may carry a token that has expired, and the connection is lost with it; one that does not
  // reconnect may end with its first token at any time.
  const asking = alive.filter(({ settings }) => settings.rotation !== 'off' && settings.reconnect);
  const gapsBefore = new Map(asking.map((one) => [one, one.hub.getSnapshot().gaps]));
  const unanswered = await lastCalls(world, asking, number);
  check();
  // An expiry cuts off a connection that cannot be renewed in place, and whose place none takes: the next call is answered.
  const cutOff = unanswered.filter(
    (one) => one.settings.rotation !== 'overlap' && one.hub.getSnapshot().gaps > gapsBefore.get(one)!,
  );
  const silent = [...unanswered.filter((one) => !cutOff.includes(one)), ...(await lastCalls(world, cutOff, number))];
  complaints.push(...silent.map(({ name }) => `${name}: the last call was not answered`));
  await checkCalls(world);
  checkComplaints(world);

  const first = clients.find((_, index) => !expected.clients[index]!.disposed);
  if (first) void first.follow('the last logout()', first.hub.logout());
  const isOver = ({ hub, wire }: Watched): boolean =>
    hub.getSnapshot().status === 'disconnected' && wire.links().length === 0;
  await world.rest(30_000, () => clients.every(isOver));
  // Whatever would come back has the time for it.
  await world.pass(1_000);
  check();
  for (const client of clients) if (!isOver(client)) complaints.push(`${client.name}: logged out, and there is a link`);
  for (const { hub, follow } of clients) void follow('the last dispose()', hub.dispose());
  await world.rest(30_000, () => clients.every(({ pending }) => pending().length === 0));
  await server.stop();
  await world.pass(1_000);
  for (const { name, pending } of clients)
    complaints.push(...pending().map((what) => `${name}: ${what} never settles`));
  complaints.push(...(await world.leftovers()));
  checkComplaints(world);
}

/** Who has got no answer. */
async function lastCalls(world: World, asking: readonly Watched[], number: number): Promise<Watched[]> {
  const answers = asking.map(({ hub, follow }) => follow('the last call', hub.invoke('Slow', 0, 'last')));
  await world.rest(2_000 + world.slack, () =>
    asking.every(({ numbers, pending }) => numbers.hasHeard(number) && !pending().includes('the last call')),
  );
  const given = await Promise.all(answers);
  return asking.filter((_, index) => given[index] !== 'last');
}

function checkAlive({ name, hub }: Watched, wishes: readonly (string | null)[], complaints: string[]): void {
  const { status, groups, error, auth } = hub.getSnapshot();
  if (status !== 'connected') complaints.push(`${name}: it is ${status} after a sign-in (${auth}): ${error?.message}`);
  const wanted = [...new Set(wishes.filter((wish) => wish !== null))].sort();
  const joined = [...groups].filter(([, state]) => state.status === 'joined').map(([group]) => group);
  if (joined.sort().join() !== wanted.join())
    complaints.push(`${name}: it wants ${wanted.join()} and is in ${joined.join()}`);
}

/** What the server says: one connection a client, with its groups and its user. */
async function checkServer({ server, complaints }: World, alive: readonly Watched[]): Promise<void> {
  const connections = await server.connections();
  // Without rotation a connection may just have been lost, and the server does not know it yet.
  const exact = alive.every(({ settings }) => settings.rotation !== 'off');
  if (exact && connections.length !== alive.length)
    complaints.push(`${connections.length} connections for ${alive.length} clients`);
  for (const { name, hub } of alive) {
    const { connectionId, groups } = hub.getSnapshot();
    const mine = connections.find((connection) => connection.connectionId === connectionId);
    const there = [...(mine?.groups ?? [])].sort().join();
    const here = [...groups.keys()].sort().join();
    if (mine?.userId !== 'ann') complaints.push(`${name}: the server knows it as ${mine?.userId}`);
    if (there !== here) complaints.push(`${name}: the server has it in ${there}, and it wants ${here}`);
  }
}

/** What became of each call, as the client told and as the server saw. */
async function checkCalls({ clients, server, complaints }: World): Promise<void> {
  const ran = await server.ran();
  for (const { name, calls } of clients) {
    const mine = ran.filter((tag) => tag.startsWith(name)).map((tag) => Number(tag.slice(name.length)));
    if (new Set(mine).size !== mine.length) complaints.push(`${name}: a call ran twice: ${mine.join()}`);
    if (mine.some((number, index) => index > 0 && number < mine[index - 1]!))
      complaints.push(`${name}: calls ran out of order: ${mine.join()}`);
    for (const [tag, outcome] of calls) {
      const did = mine.includes(Number(tag.slice(name.length)));
      if (outcome === 'answered' && !did) complaints.push(`${tag} was answered, and did not run`);
      if (outcome === 'no' && did) complaints.push(`${tag} was not sent, and ran`);
    }
  }
}
