export interface ServerSentEvent {
  type: string;
  data: string;
}

/** The stream's settings, which outlive a connection. */
export interface EventStreamSettings {
  lastEventId: string;
  /** ms until a lost stream is opened again. */
  retry: number;
}

/** Reads `text/event-stream` as the HTML standard says, chunk by chunk. */
export function createEventStreamReader(settings: EventStreamSettings): (chunk: Uint8Array) => ServerSentEvent[] {
  const decoder = new TextDecoder();
  let rest = '';
  let type = '';
  let data: string[] = [];

  function readField(line: string): void {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (name === 'data') data.push(value);
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) settings.lastEventId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) settings.retry = Number(value);
  }

  return (chunk) => {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the very end may be the first half of a line break.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (line !== '') {
        readField(line);
        continue;
      }
      if (data.length > 0) events.push({ type: type || 'message', data: data.join('\n') });
      type = '';
      data = [];
    }
    return events;
  };
}
