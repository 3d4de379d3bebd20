import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AspNetCoreServer, startAspNetCore } from '../../common/aspnetcore.ts';
import { historySize } from '../contract.ts';
import { hubPath, type ChatServer, type ChatServerEvent, type ChatServerOptions } from './chat-server.ts';
import { createEventLog } from './event-log.ts';

export type AspNetCoreChatServer = ChatServer & Pick<AspNetCoreServer, 'kill' | 'start'>;

/** The chat on ASP.NET Core, in a process of its own. The first one in a process builds it. */
export async function startAspNetCoreHub(options: ChatServerOptions): Promise<AspNetCoreChatServer> {
  const events = createEventLog<ChatServerEvent>();
  const data = await mkdtemp(join(tmpdir(), 'chat-server-'));
  const forget = (): Promise<void> => rm(data, { recursive: true, force: true });
  try {
    const { origin, kill, start, restart, close } = await startAspNetCore({
      project: new URL('../aspnetcore/', import.meta.url),
      name: 'chat-server',
      ...(options.port === undefined ? {} : { port: options.port }),
      settings: {
        Chat__Authority: options.authority,
        Chat__Origins: options.origins.join(','),
        Chat__DisconnectDelay: String(options.disconnectDelay ?? 0),
        Chat__HistorySize: String(options.historySize ?? historySize),
        Chat__HistoryFile: join(data, 'messages.jsonl'),
        Chat__EventLog: 'true',
        Chat__ExitWithParent: 'true',
      },
      onEvent: (event) => events.add(event as ChatServerEvent),
    });
    const closeAll = (): Promise<void> => close().then(forget);
    return { name: 'aspnetcore', url: origin + hubPath, events, kill, start, restart, close: closeAll };
  } catch (error) {
    await forget();
    throw error;
  }
}
