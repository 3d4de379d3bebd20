/// <reference types="node" />
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HubError, type HubErrorCode } from '@org/hub-core';
import ts from 'typescript';

/**
 * When a program meets each code; the remedies and the messages come from the code of the packages. A code that is new, or
 * is no more, does not compile here.
 */
const meetings: Record<HubErrorCode, string> = {
  unauthorized:
    'The hub answered 401, and a fresh token did not help: the client has stopped. `signIn()` of `identityApi` and `passwordGrant` rejects with it when the server refuses the user.',
  forbidden: 'The hub answered 403, and a fresh token did not help: the client has stopped.',
  'session-ended':
    'Only a new sign-in helps: the refresh token is no longer good, the cookies are refused, or the provider refused the sign-in.',
  'token-unavailable':
    'The token source gave no token, and did not say that the session has ended. The client keeps its connection while the old token is good, and asks again.',
  'not-a-hub':
    'Something answers at `url`, and it is no hub: 404, an HTML page, the old ASP.NET SignalR. Only before the client has ever connected.',
  rejected:
    'The server answered with a status that another try would not change (400, 405, …): the client has stopped.',
  unreachable: 'No answer, 408, 425, 429, or 5xx. The client tries again; `Retry-After` is honoured.',
  timeout: 'The server, a join, a call with `timeout`, or a live query took too long.',
  protocol: 'Client and server have no hub protocol in common: the client has stopped.',
  'server-closed': 'The hub called `Context.Abort()`: the client has stopped.',
  'connection-lost':
    'The connection ended during a call or a stream; or it is the `error` of the snapshot while the client reconnects.',
  closed:
    'The client is stopped, disposed of, or nobody is signed in: the call was not sent, or `start()` was overtaken.',
  aborted: 'Your own `signal`, or `leave()` during a join.',
  'method-failed':
    'The hub method threw. The message of a `HubException` is shown; for other errors the server tells no more than that.',
  'method-forbidden': 'The user may not call this hub method (`[Authorize]` on the method). The connection stays.',
  'group-failed': 'A join failed for a reason that may pass. The client tries again by itself.',
  'group-forbidden': 'The server refused the join. The connection stays, and the group waits for `retry()`.',
  'identity-changed': 'Another user signed in while the call was waiting. It was not sent.',
  'outbox-full': 'More calls are waiting for a connection than `outbox.maxCalls`. This one was not sent.',
  configuration: 'An option, or an argument, that cannot work. The message names it.',
};

interface Thrown {
  message: string;
  remediation: string | null;
}

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

/** What the packages throw, by code: each `HubError` whose code stands in the source. */
function thrownBy(): Map<string, Thrown[]> {
  const all = new Map<string, Thrown[]>();
  const files = ['core', 'react', 'vue'].flatMap((name) => {
    const folder = join(packages, name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .sort()
      .map((file) => join(folder, file));
  });
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
    const visit = (node: ts.Node): void => {
      const found = ts.isNewExpression(node) || ts.isCallExpression(node) ? thrownAt(node) : null;
      if (found) {
        const known = all.get(found.code) ?? [];
        if (!known.some(({ message }) => message === found.message)) all.set(found.code, [...known, found]);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return all;
}

function thrownAt({
  expression,
  arguments: given = ts.factory.createNodeArray(),
}: ts.NewExpression | ts.CallExpression) {
  if (expression.getText() === 'SessionEndedError') {
    const text = given[0] && textOf(given[0]);
    return text ? { code: 'session-ended', message: text, remediation: null } : null;
  }
  const [code, message, details] = given;
  if (!/^(HubError|error|unsent)$/.test(expression.getText()) || !code || !message) return null;
  const text = textOf(message);
  // An option of another kind of function, or words that only the server knows.
  if (!ts.isStringLiteral(code) || !(code.text in meetings) || !text) return null;
  const remediation = /remediation: (?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/.exec(details?.getText() ?? '');
  return { code: code.text, message: text, remediation: filled(remediation?.[1] ?? remediation?.[2] ?? '') || null };
}

function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  const text = node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  return /\w{3}/.test(text) ? text.trim() : null;
}

/** What stands in for a value. */
const filled = (text: string): string => text.replace(/\$\{[^}]*\}/g, '…').trim();
/** For a paragraph of Markdown: placeholders of VitePress and tags are words. */
const words = (text: string): string => text.replace(/[<>]/g, '\\$&').replaceAll('{{', '&#123;&#123;');

/** docs/error-codes.md, before prettier. */
export function errorCodesPage(): string {
  const thrown = thrownBy();
  const sections = (Object.keys(meetings) as HubErrorCode[]).map((code) => {
    const { remediation, retryable } = new HubError(code, '');
    const messages = (thrown.get(code) ?? []).map(({ message, remediation: own }) =>
      own ? `- “${words(message)}” ${words(own)}` : `- “${words(message)}”`,
    );
    return `## ${code}

${meetings[code]}

**What to do:** ${words(remediation)} <br>**\`retryable\`:** ${retryable ? 'yes' : 'no'}
${messages.length ? `\nWhat it says, with a remedy of its own where it has one:\n\n${messages.join('\n')}\n` : ''}`;
  });
  return `# Error codes

Printed by \`npm run docs:errors\` from the code; a test holds the two together. How to handle errors: [Errors](./errors.md).

Each is the \`code\` of a \`HubError\`. What to do is its \`remediation\`. \`retryable\` says that the same thing may succeed later
without anybody mending anything; “…” stands for a value. A \`method-failed\` that hides its reason is \`retryable\`, too.

${sections.join('\n')}`;
}
