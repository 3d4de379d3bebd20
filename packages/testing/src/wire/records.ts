import { invalidData } from './exceptions.ts';

/** Ends each JSON record. */
export const recordSeparator = '\x1e';

/** Puts text records together from chunks that may end anywhere. */
export interface RecordReader {
  read(chunk: string | Uint8Array): Iterable<string>;
  /** What has come and was not taken. */
  readonly rest: string;
}

export function messageTooLong(maximumSize: number): Error {
  return invalidData(
    `The maximum message size of ${maximumSize}B was exceeded. The message size can be configured in AddHubOptions.`,
  );
}

/** @param maximumSize UTF-8 bytes of one record with its separator */
export function createRecordReader(maximumSize: number): RecordReader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';

  const check = (text: string): void => {
    // UTF-8 needs at most 3 bytes for one UTF-16 unit: most records need not be measured.
    if (text.length * 3 <= maximumSize || new TextEncoder().encode(text).length <= maximumSize) return;
    throw messageTooLong(maximumSize);
  };

  return {
    get rest() {
      return rest;
    },
    *read(chunk) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      for (let end = rest.indexOf(recordSeparator); end !== -1; end = rest.indexOf(recordSeparator)) {
        const record = rest.slice(0, end);
        check(record + recordSeparator);
        rest = rest.slice(end + 1);
        yield record;
      }
      check(rest);
    },
  };
}
