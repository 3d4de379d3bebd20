import type { Behaviour, Way } from './behaviour.ts';

/** One column: a server on one way in. */
export interface Column {
  server: string;
  way: Way | 'MessagePack';
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
  const heads = columns.map(({ server, way }) => `${server} ${shortWay(way)}`);
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return groups
    .map((group) => {
      const lines = rows
        .filter(({ behaviour }) => behaviour.group === group)
        .map(({ behaviour, marks }) => `| ${[cell(behaviour.name), behaviour.driver, ...marks].join(' | ')} |`);
      return [
        `## ${group}`,
        '',
        `| ${['behaviour', 'driver', ...heads].join(' | ')} |`,
        `| ${['---', '---', ...heads.map(() => ':-:')].join(' | ')} |`,
        ...lines,
      ].join('\n');
    })
    .join('\n\n');
}

export function sums(columns: readonly Column[], rows: readonly Row[]): string[] {
  return columns.map(({ server, way }, index) => {
    const count = (mark: Mark): number => rows.filter(({ marks }) => marks[index] === mark).length;
    return `${server}, ${way}: ${count('✓')} ✓, ${count('✗')} ✗, ${count('–')} –`;
  });
}

function short(server: string): string {
  return server === 'ASP.NET Core' ? 'net' : 'hub';
}

function shortWay(way: Column['way']): string {
  switch (way) {
    case 'WebSockets':
      return 'WS';
    case 'ServerSentEvents':
      return 'SSE';
    case 'LongPolling':
      return 'LP';
    case 'MessagePack':
      return 'MP';
    case 'http':
      return 'http';
    default:
      return way satisfies never;
  }
}
