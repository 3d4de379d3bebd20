import type { IncomingMessage } from 'node:http';
import type { HubRequest } from '../api/http.ts';

/** A request of Node, as the hub takes it. */
export async function toHubRequest(message: IncomingMessage, signal?: AbortSignal): Promise<HubRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return { ...headOf(message), body: Buffer.concat(chunks), ...(signal ? { signal } : {}) };
}

/** The same without its body: an upgrade has none. */
export function headOf({ method = 'GET', url = '/', headers }: IncomingMessage): HubRequest {
  const flat = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : `${value}`,
  ]);
  return { method, url, headers: Object.fromEntries(flat) as Record<string, string> };
}
