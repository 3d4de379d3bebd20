import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import type { IHubProtocol } from '@microsoft/signalr';
import type { Behaviour, Way } from '../behaviour.ts';
import { startAspNetCore } from './aspnetcore.ts';
import type { ConformanceServer } from './server.ts';
import { startTestHub, startTestHubInProcess, startTestHubWithMessagePack } from './test-hub.ts';

/** A server, and the ways in which it is spoken to: the columns of the table. */
export interface Examination {
  /** For `--server=` and `TEST_SERVER`. */
  key: 'node' | 'aspnetcore';
  /** The head of the columns. */
  server: string;
  start(): Promise<ConformanceServer>;
  ways: readonly Way[];
  /** What the client speaks. @default JSON */
  protocol?: () => IHubProtocol;
  /** @default every behaviour that is there for this way */
  covers?(behaviour: Behaviour, way: Way): boolean;
}

const all: readonly Way[] = ['http', 'WebSockets', 'ServerSentEvents', 'LongPolling'];

export const examinations: readonly Examination[] = [
  { key: 'node', server: 'test hub', start: startTestHub, ways: all },
  {
    key: 'node',
    server: 'in process',
    start: startTestHubInProcess,
    ways: all,
    covers: ({ port }, way) => port !== true && port !== way,
  },
  {
    key: 'node',
    server: 'MessagePack',
    start: startTestHubWithMessagePack,
    ways: ['WebSockets', 'LongPolling'],
    protocol: () => new MessagePackHubProtocol(),
    covers: ({ driver }) => driver === 'client',
  },
  { key: 'aspnetcore', server: 'ASP.NET Core', start: startAspNetCore, ways: all },
];

export function isCovered({ covers }: Examination, behaviour: Behaviour, way: Way): boolean {
  return behaviour.on.includes(way) && (covers?.(behaviour, way) ?? true);
}
