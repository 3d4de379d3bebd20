/// <reference types="node" />
import { JsonHubProtocol } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { createTestHub, createTestTokens, HubException, HubRejection } from '@org/hub-testing';
import type { AnyHubContract, HubCall, InProcess, TestHub, TestHubOptions } from '@org/hub-testing';
import { createFacts, variants } from './server.ts';
import type { ConformanceServer, Variant } from './server.ts';
import { createMethods, failure } from './test-hub-methods.ts';
import type { Scene } from './test-hub-methods.ts';

type Options = TestHubOptions<AnyHubContract>;

/** The test hub, one for each variant, on ports. */
export function startTestHub(): Promise<ConformanceServer> {
  return start('test hub', async (hub, variant) => (await hub.listen({ path: `/${variant}` })).url);
}

/** The same with another protocol beside JSON. */
export function startTestHubWithMessagePack(): Promise<ConformanceServer> {
  const protocols = [new JsonHubProtocol(), new MessagePackHubProtocol()];
  return start('test hub', async (hub, variant) => (await hub.listen({ path: `/${variant}` })).url, { protocols });
}

/** The same without a port: clients are given its `fetch`, `WebSocket` and `EventSource`. */
export async function startTestHubInProcess(): Promise<ConformanceServer> {
  const ways = new Map<Variant, InProcess>();
  const server = await start('test hub in process', async (hub, variant) => {
    const at = hub.inProcess({ url: `http://hub.test/${variant}` });
    ways.set(variant, at);
    return at.url;
  });
  return { ...server, at: (variant) => ways.get(variant)! };
}

async function start(
  name: string,
  open: (hub: TestHub<AnyHubContract>, variant: Variant) => Promise<string>,
  more: Options = {},
): Promise<ConformanceServer> {
  const tokens = createTestTokens();
  const facts = createFacts();
  const gates = createGates();
  const scene: Scene = {
    gate: gates.passed,
    tell: ({ connectionId }, fact, text = '') => facts.add({ fact, connectionId, text }),
  };
  const hubs: TestHub<AnyHubContract>[] = [];
  const urls = new Map<Variant, string>();
  for (const variant of variants) {
    const options = {
      ...createMethods(scene),
      ...hooks(variant, scene),
      ...settings(variant, tokens.authenticate),
      ...more,
    };
    const hub = createTestHub(options);
    hubs.push(hub);
    urls.set(variant, await open(hub, variant));
  }
  return {
    name,
    url: (variant) => urls.get(variant)!,
    token: (claims) => tokens.issue(claims),
    open: async (gate) => gates.open(gate),
    fact: facts.find,
    async close() {
      await Promise.all(hubs.map((hub) => hub.dispose()));
    },
  };
}

function createGates(): { passed(name: string): Promise<void>; open(name: string): void } {
  const gates = new Map<string, { promise: Promise<void>; open(): void }>();
  const gate = (name: string): { promise: Promise<void>; open(): void } => {
    let known = gates.get(name);
    if (!known) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => (open = resolve));
      known = { promise, open };
      gates.set(name, known);
    }
    return known;
  };
  return { passed: (name) => gate(name).promise, open: (name) => gate(name).open() };
}

/** What connecting and disconnecting do: as `ConformanceHub` decides by its path. */
function hooks(variant: Variant, { gate, tell }: Scene): Options {
  type Call = HubCall<AnyHubContract>;
  return {
    async onConnected(call: Call) {
      if (variant === 'refusing' || variant === 'detailed-refusing') throw failure('not today');
      if (variant === 'refusing-kindly') throw new HubException('not you');
      if (variant === 'aborting') call.abort();
      if (variant === 'greeting') await call.clients.caller.send('Hello', 'friend');
      if (variant === 'arriving' || variant === 'refusing-late') {
        tell(call, 'arriving');
        await gate(call.connectionId);
      }
      if (variant === 'refusing-late') throw new HubException('not you');
      tell(call, 'connected');
    },
    async onDisconnected(call: Call, error?: Error) {
      if (variant === 'leaving' || variant === 'failing-to-leave') {
        tell(call, 'leaving');
        await gate(call.connectionId);
      }
      tell(call, 'disconnected', error ? `${error.name}: ${error.message}` : '');
      if (variant === 'failing-to-leave') throw failure('stuck');
    },
  };
}

/** The options of ../aspnetcore/Program.cs. */
function settings(variant: Variant, authenticate: NonNullable<Options['authenticate']>): Options {
  // To ASP.NET Core a bad token is nobody; only an end point that wants somebody makes a 401 of it.
  const welcome: Options = {
    anonymous: true,
    authenticate: async (request) => {
      try {
        return await authenticate(request);
      } catch {
        return null;
      }
    },
  };
  const special: Partial<Record<Variant, Options>> = {
    detailed: { ...welcome, enableDetailedErrors: true },
    'detailed-refusing': { ...welcome, enableDetailedErrors: true },
    small: { ...welcome, maximumReceiveMessageSize: 200 },
    'detailed-small': { ...welcome, maximumReceiveMessageSize: 200, enableDetailedErrors: true },
    unlimited: { ...welcome, maximumReceiveMessageSize: null },
    parallel: { ...welcome, maximumParallelInvocationsPerClient: 2 },
    quick: { ...welcome, keepAliveInterval: 1_000 },
    strict: { ...welcome, clientTimeoutInterval: 1_000 },
    'detailed-strict': { ...welcome, clientTimeoutInterval: 1_000, enableDetailedErrors: true },
    hasty: { ...welcome, handshakeTimeout: 1_000 },
    secured: { authenticate },
    staff: {
      authenticate: async (request) => {
        const user = await authenticate(request);
        // An authorization policy of the end point: known, and not allowed.
        if (user && !user.roles?.includes('staff')) throw new HubRejection(403);
        return user;
      },
    },
    refreshing: {
      authenticate,
      closeOnAuthenticationExpiration: true,
      enableAuthenticationRefresh: true,
      onAuthenticationRefresh: ({ newUser }) => !newUser.roles?.includes('blocked'),
    },
    'not-refreshing': { authenticate, closeOnAuthenticationExpiration: true },
    'web-sockets-only': { ...welcome, transports: ['WebSockets'] },
    'long-polling-only': { ...welcome, transports: ['LongPolling'] },
    'short-polls': { ...welcome, pollTimeout: 1_000 },
    expiring: { authenticate, closeOnAuthenticationExpiration: true },
  };
  return special[variant] ?? welcome;
}
