// An app in plain Node: a user connects, calls, is dropped, comes back, logs out. Prints the transport.
import { createHubClient, tokenFrom } from '@org/hub-core';
import { createTestHub } from '@org/hub-testing';

const server = createTestHub({
  anonymous: false,
  authenticate: ({ token }) => (token === 'a+token' ? { userId: 'ann' } : null),
  methods: { Echo: (_, value) => value },
});
const { url } = await server.listen();
// Node 20 has no WebSocket of its own. Without negotiate there is no other transport to fall back to.
const transport = typeof WebSocket === 'function' ? 'WebSockets' : 'LongPolling';
const hub = createHubClient({
  url,
  auth: tokenFrom(() => 'a+token'),
  reconnect: { baseDelay: 10 },
  signalr: { transport, skipNegotiation: transport === 'WebSockets' },
});
await hub.start();
const restored = new Promise((resolve) => hub.events.on('restored', resolve));
server.drop();
await restored;
const names = server.connections().map(({ userId }) => userId);
const answer = String(await hub.invoke('Echo', names));
if (answer !== 'ann') throw new Error(`Connected as ${answer}`);
await hub.logout();
await server.dispose();
console.log(transport);
