/** The parts of the proof, in the order of the table; each is `proof/<name>/main.ts`. */
export const parts = {
  scenarios: 'The scenarios',
  model: 'Anything in any order',
  faults: 'A network that breaks',
  hostile: 'Hostile input',
  leaks: 'Nothing is left',
  herd: 'The herd',
  security: 'Security',
  versions: 'Browsers, runtimes, versions',
} as const satisfies Record<string, string>;

export type PartName = keyof typeof parts;

/** For a look: what each of them takes for less. Its figures do not go into the table. */
export const quick: Record<PartName, readonly string[]> = {
  scenarios: [],
  model: ['--steps=20000', '--steps-aspnetcore=100'],
  faults: ['--seconds=30'],
  hostile: ['--cases=20000'],
  leaks: ['--times=500'],
  herd: ['--clients=1000'],
  security: [],
  versions: [],
};
