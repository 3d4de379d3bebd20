import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const contract = `
import type { IStreamResult } from '@microsoft/signalr';
import { createHubClient } from '@org/hub-core';
interface ChatHub {
  server: { send(room: string, text: string): Promise<number>; leave(): Promise<void>; ticks(): IStreamResult<number> };
  client: { received(message: { id: number }): Promise<void>; confirm(question: string): Promise<boolean> };
}
const hub = createHubClient<ChatHub>({ url: '/hub' });
`;

/** The first line of what the compiler says of a mistake in an app’s file. */
function complaintsAbout(...mistakes: string[]): string[] {
  const root = join(import.meta.dirname, '../../..');
  const file = join(import.meta.dirname, 'app.ts');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const text = contract + mistakes.join('\n');
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, text, version) : getSourceFile(name, version);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0]!);
}

test('a mistake is explained with the names and types of the contract, not with those of this package', () => {
  const complaints = complaintsAbout(
    `void hub.invoke('sent', 'lobby', 'hello');`,
    `void hub.invoke('send', 'lobby');`,
    `void hub.send('send', 'lobby', 1);`,
    `void hub.invoke('ticks');`,
    `void hub.stream('leave');`,
    `hub.on('recieved', () => {});`,
    `hub.on('received', (text: string) => text);`,
    `hub.handle('confirm', () => 'yes');`,
    `const text: string = await hub.invoke('send', 'lobby', 'hello');`,
  );

  expect(complaints).toEqual([
    `Argument of type '"sent"' is not assignable to parameter of type '"send" | "leave"'.`,
    `Expected 3 arguments, but got 2.`,
    `Argument of type 'number' is not assignable to parameter of type 'string'.`,
    `Argument of type '"ticks"' is not assignable to parameter of type '"send" | "leave"'.`,
    `Argument of type '"leave"' is not assignable to parameter of type '"ticks"'.`,
    `Argument of type '"recieved"' is not assignable to parameter of type '"received" | "confirm"'.`,
    `Argument of type '(text: string) => string' is not assignable to parameter of type '(message: { id: number; }) => void'.`,
    `Type 'string' is not assignable to type 'boolean | Promise<boolean>'.`,
    `Type 'number' is not assignable to type 'string'.`,
  ]);
}, 30_000);
