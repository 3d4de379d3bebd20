/** The same text for equal values: arguments and keys are compared by what they say, as each render writes them anew. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value, plain) ?? '';
}

/** JSON has no order of fields, and no big numbers. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
