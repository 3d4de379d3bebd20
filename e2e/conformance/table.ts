import type { Behaviour, Way } from './behaviour.ts';

/** One column: a server on one way in. */
export interface Column {
  server: string;
  way: Way;
}

/** ✓ as expected, ✗ not, – not applicable; undefined: not run. */
export type Mark = '✓' | '✗' | '–';

export interface Row {
  behaviour: Behaviour;
  marks: readonly Mark[];
}

/** For the terminal. */
export function printTable(columns: readonly Column[], rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ behaviour }) => behaviour.name.length)) + 2;
  const heads = columns.map(({ server, way }) => `${short(server)} ${shortWay(way)}`);
  const lines: string[] = [' '.repeat(width) + heads.join('  ')];
  let group = '';
  for (const { behaviour, marks } of rows) {
    if (behaviour.group !== group) lines.push('', (group = behaviour.group));
    const cells = marks.map((mark, index) => mark.padEnd(heads[index]!.length));
    lines.push(`  ${behaviour.name}`.padEnd(width) + cells.join('  '));
  }
  return [...lines, '', ...sums(columns, rows)].join('\n');
}

/** For docs/conformance.md. */
export function markdownTable(columns: readonly Column[], rows: readonly Row[]): string {
  const groups = [...new Set(rows.map(({ behaviour }) => behaviour.group))];
  return groups
    .map((group) => {
      const members = rows.filter(({ behaviour }) => behaviour.group === group);
      return `## ${group}\n\n${groupTable(columns, members)}`;
    })
    .join('\n\n');
}

/** Without the columns that do not apply to the group at all. */
function groupTable(columns: readonly Column[], rows: readonly Row[]): string {
  const shown = columns.map((_, index) => index).filter((index) => rows.some(({ marks }) => marks[index] !== '–'));
  const heads = shown.map((index) => `${columns[index]!.server} ${shortWay(columns[index]!.way)}`);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['behaviour', 'driver', ...heads]),
    line(['---', '---', ...heads.map(() => ':-:')]),
    ...rows.map(({ behaviour: { name, driver }, marks }) =>
      line([name.replaceAll('|', '\\|'), driver, ...shown.map((index) => marks[index]!)]),
    ),
  ].join('\n');
}

export function sums(columns: readonly Column[], rows: readonly Row[]): string[] {
  return columns.map(({ server, way }, index) => {
    const count = (mark: Mark): number => rows.filter(({ marks }) => marks[index] === mark).length;
    return `${server}, ${way}: ${count('✓')} ✓, ${count('✗')} ✗, ${count('–')} –`;
  });
}

function short(server: string): string {
  const names: Record<string, string> = {
    'test hub': 'hub',
    'in process': 'in',
    MessagePack: 'mp',
    'ASP.NET Core': 'net',
  };
  return names[server] ?? server;
}

function shortWay(way: Column['way']): string {
  switch (way) {
    case 'WebSockets':
      return 'WS';
    case 'ServerSentEvents':
      return 'SSE';
    case 'LongPolling':
      return 'LP';
    case 'http':
      return 'http';
    default:
      return way satisfies never;
  }
}
