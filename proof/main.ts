/// <reference types="node" />
/**
 * Everything that is claimed, tried again: each part in a process of its own, then one table of what they have shown, which
 * goes into docs/proof.json and docs/proof.md. The exit code is 1 if a claim does not hold.
 *
 * `--only=model,herd` (the others stay as they are in the table), `--quick` (a look; nothing is written), `--seed=7`; the
 * options of each part hold
 */
import { execFileSync, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { type Claim, fails } from './claim.ts';
import { document, type Proof, type Shown } from './document.ts';
import { type PartName, parts, quick } from './parts.ts';

const names = Object.keys(parts) as PartName[];
const { values } = parseArgs({ strict: false });
const asked = typeof values['only'] === 'string' ? values['only'].split(',') : names;
const unknown = asked.filter((name) => !names.includes(name as PartName));
if (unknown.length > 0) throw new Error(`There is no part '${unknown.join(', ')}': --only=${names.join(',')}`);

const json = fileURLToPath(new URL('../docs/proof.json', import.meta.url));
const page = fileURLToPath(new URL('../docs/proof.md', import.meta.url));

const shown: Proof = {};
for (const name of names.filter((each) => asked.includes(each))) {
  console.log(`\n--- ${parts[name]} (${name})`);
  shown[name] = await run(name);
  // Each by itself: whatever ends the next part, this one is kept.
  if (!values['quick']) await keep({ [name]: shown[name] });
}
console.log(`\n${document(shown, parts)}`);
if (Object.values(shown).some(({ claims }) => claims.some(fails))) process.exitCode = 1;

/** The options given come last: they win. */
function run(name: PartName): Promise<Shown> {
  const started = performance.now();
  const commit = commitOfNow();
  const options = [...(values['quick'] ? quick[name] : []), ...process.argv.slice(2)];
  const child = fork(fileURLToPath(new URL(`./${name}/main.ts`, import.meta.url)), options);
  const claims: Claim[] = [];
  return new Promise((resolve) => {
    child.on('message', (told) => claims.push(...(told as Claim[])));
    child.on('exit', (code) => {
      const expected = claims.some(fails) ? 1 : 0;
      if (code !== expected || claims.length === 0) {
        claims.push({
          claim: `${name} runs to its end`,
          server: '–',
          figure: `exit code ${code}`,
          seed: null,
          holds: false,
        });
      }
      const seconds = Math.round((performance.now() - started) / 1000);
      resolve({ date: new Date().toISOString().slice(0, 10), commit, seconds, claims });
    });
  });
}

/** With a `+` where what is tried is not as in that commit. */
function commitOfNow(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'packages', 'proof') && '+');
  } catch {
    return 'unknown';
  }
}

async function keep(more: Proof): Promise<void> {
  const before = existsSync(json) ? (JSON.parse(await readFile(json, 'utf8')) as Proof) : {};
  const after = { ...before, ...more };
  await writePretty(
    json,
    JSON.stringify(Object.fromEntries(names.flatMap((name) => (after[name] ? [[name, after[name]]] : [])))),
  );
  await writePretty(page, document(after, parts));
}

async function writePretty(file: string, text: string): Promise<void> {
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}
