import { recordSeparator } from './links/raw-link.ts';

/** Messages of the JSON hub protocol, with their fields in the order in which ASP.NET Core writes them. */
export const handshake = json({ protocol: 'json', version: 1 });
export const shaken = json({});
export const ping = json({ type: 6 });

/** The text that goes over the wire. */
export function record(...messages: string[]): string {
  return messages.map((message) => message + recordSeparator).join('');
}

/** The messages in such a text. */
export function recordsOf(text: string): string[] {
  return text.split(recordSeparator).slice(0, -1);
}

export function json(message: unknown): string {
  return JSON.stringify(message);
}

/** A call that wants an answer. */
export function invoke(invocationId: string, target: string, args: unknown[] = [], streamIds?: string[]): string {
  return json({ type: 1, invocationId, target, arguments: args, ...(streamIds ? { streamIds } : {}) });
}

/** A call that wants none. */
export function tell(target: string, args: unknown[] = []): string {
  return json({ type: 1, target, arguments: args });
}

export function item(invocationId: string, value: unknown): string {
  return json({ type: 2, invocationId, item: value });
}

export function result(invocationId: string, value: unknown): string {
  return json({ type: 3, invocationId, result: value });
}

/** The end of a stream. */
export function done(invocationId: string): string {
  return json({ type: 3, invocationId });
}

export function failed(invocationId: string, error: string): string {
  return json({ type: 3, invocationId, error });
}

export function stream(invocationId: string, target: string, args: unknown[] = [], streamIds?: string[]): string {
  return json({ type: 4, invocationId, target, arguments: args, ...(streamIds ? { streamIds } : {}) });
}

export function cancel(invocationId: string): string {
  return json({ type: 5, invocationId });
}

export function close(error?: string, allowReconnect?: true): string {
  return json({
    type: 7,
    ...(error === undefined ? {} : { error }),
    ...(allowReconnect === undefined ? {} : { allowReconnect }),
  });
}
