/// <reference types="node" />
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';
import { createHubClient, type HubClient } from '@org/hub-core';
import { createTestHub, type TestHub } from '@org/hub-testing';
import { onTestFinished } from 'vitest';

export interface NewsHub {
  server: {
    /** Answered by the test. */
    Double(number: number): number;
    History(topic: string): number[];
    JoinGroup(group: string): void;
    LeaveGroup(group: string): void;
  };
  client: {
    Added(number: number): void;
    Removed(number: number): void;
  };
  streams: {
    /** Goes on as the test says. */
    Ticks(symbol: string, options?: { step: number }): number;
  };
}

interface Answer {
  resolve(value: number): void;
  reject(error: Error): void;
}

export interface News {
  readonly hub: HubClient<NewsHub>;
  readonly server: TestHub<NewsHub>;
  /** What reached the server, in order: who came and went, calls, streams that opened and were cancelled. */
  readonly facts: string[];
  /** The calls of `Double`, in order. */
  readonly doubles: Answer[];
  /** The streams that were opened, in order. */
  readonly ticks: ReadableStreamDefaultController<number>[];
}

/** A hub in this process and the real client. The news so far are 1 and 2. */
export function createNews(): News {
  const facts: string[] = [];
  const doubles: Answer[] = [];
  const ticks: News['ticks'] = [];
  const server = createTestHub<NewsHub>({
    maximumParallelInvocationsPerClient: 100,
    methods: {
      Double: () => new Promise<number>((resolve, reject) => doubles.push({ resolve, reject })),
      History: () => [1, 2],
      JoinGroup: (call, group) => call.groups.add(group),
      LeaveGroup: (call, group) => call.groups.remove(group),
    },
    streams: {
      Ticks({ signal }, symbol) {
        signal.addEventListener('abort', () => facts.push(`cancelled ${symbol}`));
        return new ReadableStream<number>({ start: (controller) => void ticks.push(controller) });
      },
    },
  });
  server.on('connected', () => facts.push('connected'));
  server.on('disconnected', () => facts.push('disconnected'));
  server.on('invoked', ({ method, args }) => facts.push([method, ...args.map(String)].join(' ')));
  const { url, fetch, WebSocket } = server.inProcess();
  const hub = createHubClient<NewsHub>({
    url,
    signalr: { fetch, WebSocket },
    reconnect: { baseDelay: 10, maxDelay: 50 },
    logger: 'none',
  });
  onTestFinished(async () => {
    await hub.dispose();
    await server.dispose();
  });
  return { hub, server, facts, doubles, ticks };
}

/** The same, connected. */
export async function startNews(): Promise<News> {
  const news = createNews();
  await news.hub.start();
  return news;
}
