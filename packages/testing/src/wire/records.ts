import { invalidData } from './exceptions.ts';

/** Ends each JSON record. */
export const recordSeparator = '\x1e';

/** Puts text records together from chunks that may end anywhere. */
export interface RecordReader {
  read(chunk: string | Uint8Array): Iterable<string>;
  /** What is left behind the last record taken. */
  readonly rest: string;
}

/** @param maximumSize UTF-8 bytes of one record */
export function createRecordReader(maximumSize: number): RecordReader {
  const decoder = new TextDecoder();
  let rest = '';

  const check = (record: string): void => {
    // UTF-8 needs at most 3 bytes for one UTF-16 unit: most records need not be measured.
    if (record.length * 3 <= maximumSize || new TextEncoder().encode(record).length <= maximumSize) return;
    throw invalidData(
      `The maximum message size of ${maximumSize}B was exceeded. The message size can be configured in AddHubOptions.`,
    );
  };

  return {
    get rest() {
      return rest;
    },
    *read(chunk) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      for (let end = rest.indexOf(recordSeparator); end !== -1; end = rest.indexOf(recordSeparator)) {
        const record = rest.slice(0, end);
        rest = rest.slice(end + 1);
        check(record);
        yield record;
      }
      check(rest);
    },
  };
}
