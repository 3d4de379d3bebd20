import { markdownTable, sums } from './table.ts';
import type { Column, Row } from './table.ts';

/** docs/conformance.md, as `npm run conformance -- --write` writes it. */
export function document(columns: readonly Column[], rows: readonly Row[]): string {
  return `# The test hub beside ASP.NET Core

<!-- Written by \`npm run conformance -- --write\`; not by hand. -->

${rows.length} behaviours, each with an exact observation (frames, statuses, headers, error texts, order), run against \`@org/hub-testing\` and against
ASP.NET Core 10 on each transport. ✓ as expected, ✗ different, – does not apply.

Drivers: **raw** sends frames of its own, **client** is \`@microsoft/signalr\`, **http** sends plain requests. All speak JSON. ASP.NET Core's MessagePack
package is not part of its shared framework, so the column MP (the client with \`@microsoft/signalr-protocol-msgpack\` over WebSockets) is there for the test hub only.

${sums(columns, rows)
  .map((line) => `- ${line}`)
  .join('\n')}

${markdownTable(columns, rows)}
`;
}
