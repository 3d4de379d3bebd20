/// <reference types="node" />
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The code blocks of the documentation, as files that a compiler takes. */
export interface Block {
  /** `docs/groups.md`. */
  page: string;
  /** Of its first line of code in the page, from 1. */
  line: number;
  language: string;
  /** What stands after the language. `run`: a test runs it. */
  isRun: boolean;
  code: string;
  /** Where it is written, below the folder of all: `docs/groups/room.ts`. A first line `// room.ts` names it for other blocks. */
  file: string;
}

const repository = join(import.meta.dirname, '../..');
/** Made by programs, or shown as they stand elsewhere. */
const withoutCode = /^docs\/(node_modules|api|\.\w+|conformance\.md|transitions\.md)/;

export const pages: string[] = [
  'README.md',
  // That of React has a test of its own.
  ...['core', 'vue', 'testing'].map((name) => `packages/${name}/README.md`),
  ...readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.md') && !withoutCode.test(name))
    .sort(),
];

const names: Record<string, string> = { ts: 'ts', tsx: 'tsx', vue: 'vue', html: 'ts', js: 'js', cs: 'cs' };

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(repository, page), 'utf8');
  return [...text.matchAll(/^(<!-- \S+\/\S+ -->\n\n)?```(\w+)(.*)\n([^]*?)^```$/gm)].flatMap((match) => {
    const [, path = '', language = '', info = '', code = ''] = match;
    const extension = names[language];
    // A file of the repository that is shown as it stands has been compiled there.
    if (!extension || path) return [];
    const line = text.slice(0, match.index).split('\n').length + 1;
    const named = /^(?:\/\/|<!--) ([\w-]+\.\w+)(?: -->)?\n/.exec(code)?.[1];
    const file = `${page.replace(/\.md$/, '')}/${named ?? `line-${line}.${extension}`}`;
    const isRun = info.trim() === 'run';
    return [{ page, line, language, isRun, code: language === 'html' ? scriptOf(code) : code, file }];
  });
}

/** The scripts of a page, each character in its line. */
function scriptOf(html: string): string {
  return html.replace(/(^|<\/script>)[^]*?(<script type="module">|$)/g, (markup) => markup.replace(/[^\n]/g, ''));
}

/** Writes the blocks into a folder of `docs/.blocks`, from scratch; returns the folder. */
export function writeBlocks(name: string, blocks: readonly Block[]): string {
  const folder = join(repository, 'docs/.blocks', name);
  rmSync(folder, { recursive: true, force: true });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const contract = readFileSync(join(repository, 'docs/test/chat-hub.ts'), 'utf8');
  for (const file of new Set(blocks.map((block) => dirname(block.file)))) write(`${file}/chat-hub.ts`, contract);
  for (const { file, code } of blocks) {
    // `await` at the top is for modules.
    const isScript = /\.tsx?$/.test(file) && !/^(import|export) /m.test(code);
    write(file, isScript ? `${code}export {};\n` : code);
  }
  return folder;
}
