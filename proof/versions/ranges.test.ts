import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { type Proven, proven } from './ranges.ts';

it.each(['core', 'react', 'vue', 'testing'])(
  '%s asks for the versions that were proven, and no others',
  async (name) => {
    const file = new URL(`../../packages/${name}/package.json`, import.meta.url);
    const { dependencies, peerDependencies } = JSON.parse(await readFile(file, 'utf8')) as Record<
      string,
      Record<string, string> | undefined
    >;
    const foreign = Object.entries({ ...dependencies, ...peerDependencies }).filter(
      ([each]) => !each.startsWith('@org/'),
    );
    const asked = Object.fromEntries(foreign);
    const known: Record<string, Proven> = proven;
    expect(asked).toEqual(Object.fromEntries(foreign.map(([each]) => [each, known[each]?.range])));
  },
);

it.each(Object.entries(proven))(
  '%s: the range begins with the oldest version that was tried',
  (_, { range, oldest }) => {
    expect(range.split(' ')[0]).toBe(`^${oldest[0]}`);
  },
);
