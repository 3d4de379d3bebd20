/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { phases } from '../src/connection/lifecycle.ts';

export interface Transition {
  from: string;
  to: string;
  when: string;
}

/** What `lifecycle.ts` says above its data. */
const [comment = ''] = readFileSync(new URL('../src/connection/lifecycle.ts', import.meta.url), 'utf8').split('*/');
const lines = comment.split('\n').map((line) => line.replace(/^ \* {0,3}/, ''));

/** The list, row by row. */
export const listed: Transition[] = lines.flatMap((line) => {
  const [, froms, to, when] = /^([a-z, ]+) ──► ([a-z]+) {2,}(\S.*)$/.exec(line) ?? [];
  return froms && to && when ? froms.split(', ').map((from) => ({ from, to, when })) : [];
});

/** The drawing above the list. */
export const drawing = lines
  .slice(
    lines.findIndex((line) => line.includes('┐')),
    lines.findIndex(isListed),
  )
  .join('\n');

/** What the supervisor goes by: `stopped opening`. */
export const table: string[] = Object.entries(phases).flatMap(([from, [, ...to]]) =>
  to.map((name) => `${from} ${name}`),
);

function isListed(line: string): boolean {
  return / ──► [a-z]+ {2,}\S/.test(line) && !/[▲▼│┘└┐]/.test(line) && !line.startsWith(' ');
}

/** docs/transitions.md. */
export function documentOf(): string {
  const statuses = Object.entries(phases).map(([name, [status]]) => `| ${name} | \`${status}\` |`);
  return `# The life of a client

Printed by \`npm run docs:transitions\` from \`packages/core/src/connection/lifecycle.ts\`; a test holds the two together, and
both to what a client does.

<!-- #region picture -->

\`\`\`mermaid
stateDiagram-v2
  [*] --> stopped
${listed.map(({ from, to }) => `  ${from} --> ${to}`).join('\n')}
\`\`\`

<!-- #endregion picture -->

| from | to | when |
| --- | --- | --- |
${listed.map(({ from, to, when }) => `| ${from} | ${to} | ${when} |`).join('\n')}

What \`getSnapshot().status\` says meanwhile; in the place of \`connecting\`, \`reconnecting\` once it has been connected since
\`start()\`:

| phase | \`status\` |
| --- | --- |
${statuses.join('\n')}
`;
}
