import { HubError } from '../vocabulary/errors.js';

/**
 * The same text for equal values: arguments and keys are compared by what they say, as each render writes them anew.
 *
 * @throws HubError `configuration` for a value that holds itself
 */
export function keyOf(value: unknown): string {
  try {
    return JSON.stringify(value, plain) ?? '';
  } catch (cause) {
    throw new HubError('configuration', 'Keys and arguments are compared by value, and this one has no end.', {
      cause,
    });
  }
}

/** JSON has no order of fields, no big numbers, and nothing to say of what a map or a set holds. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if (value instanceof Map || value instanceof Set) return [...value];
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
