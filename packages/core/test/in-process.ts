import { createHubClient, type HubClient, type HubOptions } from '@org/hub-core';
import { type AnyHubContract, createTestHub, type TestHub, type TestHubOptions } from '@org/hub-testing';
import { onTestFinished, vi } from 'vitest';

type Served = ReturnType<TestHub<AnyHubContract>['inProcess']> & { server: TestHub<AnyHubContract> };

/** A hub in this process that lives on the fake clock, and the ways in. */
export function serveInProcess(options: TestHubOptions<AnyHubContract> = {}): Served {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  onTestFinished(() => void vi.useRealTimers());
  const server = createTestHub(options);
  onTestFinished(() => server.dispose());
  return { server, ...server.inProcess() };
}

/** The same, and a client of it that has started. */
export async function startInProcess(
  options: TestHubOptions<AnyHubContract> = {},
  clientOptions: Partial<HubOptions> = {},
): Promise<{ server: TestHub<AnyHubContract>; hub: HubClient }> {
  const { server, url, fetch, WebSocket, EventSource } = serveInProcess(options);
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
