/// <reference types="node" />
/** Writes the claims into SECURITY.md: `npx tsx --tsconfig tsconfig.json proof/security/print.ts` */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { withClaims } from './document.ts';

const file = fileURLToPath(new URL('../../SECURITY.md', import.meta.url));
const page = withClaims(await readFile(file, 'utf8'));
await writeFile(file, await format(page, { ...(await resolveConfig(file)), filepath: file }));
