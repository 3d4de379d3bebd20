/// <reference types="node" />
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { documentOf } from './transitions.ts';

const file = fileURLToPath(new URL('../../../docs/transitions.md', import.meta.url));
writeFileSync(file, documentOf());
execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', file]);
