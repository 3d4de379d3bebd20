/// <reference types="node" />
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCodesPage } from './error-codes.ts';

const file = fileURLToPath(new URL('../error-codes.md', import.meta.url));
writeFileSync(file, errorCodesPage());
execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', file]);
