import { markdownTable, sums } from './table.ts';
import type { Column, Row } from './table.ts';

/** docs/conformance.md, as `npm run conformance -- --write` writes it. */
export function document(columns: readonly Column[], rows: readonly Row[]): string {
  return `# The test hub beside ASP.NET Core

<!-- Written by \`npm run conformance -- --write\`; not by hand. -->

${rows.length} behaviours, each with an exact observation (frames, statuses, headers, error texts, order), run against \`@org/hub-testing\` and against
ASP.NET Core 10 on each transport. ✓ as expected, ✗ different, – does not apply.

Drivers: **raw** sends frames of its own, **client** is \`@microsoft/signalr\`, **http** sends plain requests. WS, SSE and LP are WebSockets, server-sent events
and long polling. *Test hub* listens on a port; *in process* is the same hub without one; *MessagePack* is the same hub and the client with
\`@microsoft/signalr-protocol-msgpack\`, all others speak JSON. ASP.NET Core's MessagePack package is not part of its shared framework, so that column is
there for the test hub only. ASP.NET Core 10 has no \`/refresh\`: there \`TokenRefresh.cs\` is compiled in.

${sums(columns, rows)
  .map((line) => `- ${line}`)
  .join('\n')}

${markdownTable(columns, rows)}
`;
}
