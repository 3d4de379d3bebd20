import { createHubClient, type HubClient, type HubOptions } from '@org/hub-core';
import { type AnyHubContract, createTestHub, type TestHub, type TestHubOptions } from '@org/hub-testing';
import { onTestFinished, vi } from 'vitest';

/** A hub in this process, and a client of it that has started: both live on the fake clock. */
export async function startInProcess(
  options: TestHubOptions<AnyHubContract> = {},
  clientOptions: Partial<HubOptions> = {},
): Promise<{ server: TestHub<AnyHubContract>; hub: HubClient }> {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  onTestFinished(() => void vi.useRealTimers());
  const server = createTestHub(options);
  onTestFinished(() => server.dispose());
  const { url, fetch, WebSocket, EventSource } = server.inProcess();
  const hub = createHubClient({
    url,
    logger: 'none',
    reconnect: { baseDelay: 20, maxDelay: 100 },
    ...clientOptions,
    signalr: { fetch, WebSocket, EventSource, ...clientOptions.signalr },
  });
  onTestFinished(() => hub.dispose());
  await hub.start();
  return { server, hub };
}
