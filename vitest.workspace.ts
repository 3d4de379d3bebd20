import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { type Capability, chromium, dotnet } from './e2e/capabilities.js';

const scenarios = [
  'e2e/scenarios/**/*.test.ts',
  'e2e/lab/**/*.test.ts',
  'e2e/conformance/conformance.test.ts',
  'examples/{common,chat}/**/*.test.ts',
];
const browser = ['e2e/chromium/**/*.test.ts'];
/** What shows the test hub to a browser: there is no other server to try it with. */
const browserWithTestHub = ['e2e/chromium/testing-*.test.ts'];
const dom = [
  'packages/{react,vue}/test/**/*.test.{ts,tsx}',
  'packages/*/test/**/*.dom.test.{ts,tsx}',
  'examples/testing/*.dom.test.tsx',
];

interface Suite {
  test: NonNullable<TestProjectInlineConfiguration['test']> & { name: string };
  /** What the machine must have; a suite that lacks something is left out, and with CI=true fails the run. */
  needs?: Capability<unknown>[];
}

// In this order, one after the other: what is fast and says most comes first. The suites that start servers and browsers
// run one file at a time: they measure time, and two of them on two cores would measure each other.
const suites: Suite[] = [
  {
    test: {
      name: 'unit',
      include: ['packages/*/test/**/*.test.ts', 'examples/testing/*.test.ts', 'e2e/conformance/document.test.ts'],
      exclude: dom,
      sequence: { groupOrder: 0 },
    },
  },
  {
    test: { name: 'bindings', include: dom, environment: 'jsdom', sequence: { groupOrder: 1 } },
  },
  {
    test: {
      name: 'scenarios',
      include: scenarios,
      env: { TEST_SERVER: 'node' },
      fileParallelism: false,
      testTimeout: 30_000,
      hookTimeout: 30_000,
      sequence: { groupOrder: 2 },
    },
  },
  {
    needs: [chromium()],
    test: {
      name: 'chromium',
      include: browser,
      env: { TEST_SERVER: 'node' },
      globalSetup: ['e2e/unpack-chromium.ts'],
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      sequence: { groupOrder: 3 },
    },
  },
  {
    needs: [chromium(), dotnet()],
    test: {
      name: 'aspnetcore',
      include: [...scenarios, ...browser],
      exclude: browserWithTestHub,
      env: { TEST_SERVER: 'aspnetcore' },
      globalSetup: ['e2e/unpack-chromium.ts'],
      fileParallelism: false,
      testTimeout: 90_000,
      // The first one builds the server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 4 },
    },
  },
  {
    needs: [dotnet()],
    test: {
      name: 'token-refresh',
      include: ['e2e/token-refresh/**/*.test.ts'],
      fileParallelism: false,
      // A server that is busy forgets its connections later.
      expect: { poll: { timeout: 10_000 } },
      testTimeout: 60_000,
      // The first one builds the server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 5 },
    },
  },
  {
    needs: [dotnet()],
    test: {
      name: 'identity',
      include: ['e2e/identity/**/*.test.ts'],
      fileParallelism: false,
      testTimeout: 60_000,
      // The first one builds the server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 6 },
    },
  },
];

export default defineConfig({
  test: {
    projects: suites.filter(canRun).map(({ needs: _, ...project }) => ({
      ...project,
      resolve: { tsconfigPaths: true },
    })),
  },
});

function canRun({ needs = [], test }: Suite): boolean {
  const name = test.name;
  const missing = needs.flatMap((need) => ('missing' in need ? [need.missing] : []));
  if (missing.length === 0 || !isAskedFor(name)) return true;
  const line = `The suite "${name}" cannot run here: ${missing.join('; ')}.`;
  if (process.env['CI'] === 'true') throw new Error(line);
  console.warn(line);
  return false;
}

/** `--project=unit` must not complain about a browser that it does not need. */
function isAskedFor(name: string): boolean {
  const asked = process.argv.flatMap((word, index) =>
    word === '--project' ? [process.argv[index + 1]] : word.startsWith('--project=') ? [word.slice(10)] : [],
  );
  return asked.length === 0 || asked.includes(name);
}
