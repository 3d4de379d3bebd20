import { join } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { type Capability, chromium, dotnet } from './e2e/capabilities.js';

const scenarios = [
  'e2e/scenarios/**/*.test.ts',
  'e2e/lab/**/*.test.ts',
  'e2e/conformance/conformance.test.ts',
  'examples/{common,chat}/**/*.test.ts',
];
const browser = ['e2e/chromium/**/*.test.ts'];
const examples = 'e2e/chromium/example-*.test.ts';
/** Those whose hub runs on ASP.NET Core, and nowhere else. */
const aspNetCoreExamples = ['e2e/chromium/example-{bff,news,spa-password}.test.ts'];
/** What shows the test hub to a browser, or is not about a server: there is nothing to try again with another one. */
const browserWithTestHub = [
  'e2e/chromium/testing-*.test.ts',
  'e2e/chromium/packed.test.ts',
  'e2e/chromium/{narrow,resent-post}.test.ts',
  'e2e/chromium/{08-tabs,09-lock-owner,19-frozen-page,23-mounting,24-burst}.test.ts',
  'e2e/chromium/{react,vue}-*.test.ts',
];
const dom = [
  'packages/{react,vue}/test/**/*.test.{ts,tsx}',
  'packages/*/test/**/*.dom.test.{ts,tsx}',
  'examples/testing/*.dom.test.tsx',
];

interface Suite {
  test: NonNullable<TestProjectInlineConfiguration['test']> & { name: string };
  plugins?: NonNullable<TestProjectInlineConfiguration['plugins']>;
  /** What the machine must have; a suite that lacks something is left out, and with CI=true fails the run. */
  needs?: Capability<unknown>[];
  /** Packages that are to be another version of themselves. */
  alias?: Record<string, string>;
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
    test: {
      name: 'bindings',
      include: dom,
      environment: 'jsdom',
      expect: { poll: { timeout: 5_000 } },
      testTimeout: 20_000,
      sequence: { groupOrder: 1 },
    },
  },
  {
    // Its code blocks may be files of Vue.
    plugins: [vue()],
    test: {
      name: 'docs',
      include: ['docs/test/*.test.ts'],
      exclude: ['docs/test/aspnetcore.test.ts'],
      sequence: { groupOrder: 2 },
    },
  },
  {
    // The older React that the hooks are for, on which the same tests hold. What imports React has to go through Vite, or Node finds the newer one.
    alias: {
      react: peer('react-18', 'react'),
      'react-dom': peer('react-18', 'react-dom'),
      '@testing-library/react': join(
        import.meta.dirname,
        'node_modules/@testing-library/react/dist/@testing-library/react.esm.js',
      ),
    },
    test: {
      name: 'react-18',
      include: ['packages/react/test/**/*.test.tsx'],
      environment: 'jsdom',
      server: { deps: { inline: [/@testing-library\/react/] } },
      expect: { poll: { timeout: 5_000 } },
      testTimeout: 20_000,
      sequence: { groupOrder: 1 },
    },
  },
  {
    // The oldest Vue that the composables are for.
    alias: { vue: peer('vue-3.4', 'vue') },
    test: {
      name: 'vue-3.4',
      include: ['packages/vue/test/**/*.dom.test.ts', 'packages/vue/test/server-*.test.ts'],
      environment: 'jsdom',
      env: { VUE: '3.4' },
      expect: { poll: { timeout: 5_000 } },
      testTimeout: 20_000,
      sequence: { groupOrder: 1 },
    },
  },
  {
    test: {
      name: 'scenarios',
      include: scenarios,
      env: { TEST_SERVER: 'node' },
      fileParallelism: false,
      testTimeout: 30_000,
      hookTimeout: 30_000,
      sequence: { groupOrder: 3 },
    },
  },
  {
    needs: [chromium()],
    test: {
      name: 'chromium',
      include: browser,
      exclude: aspNetCoreExamples,
      env: { TEST_SERVER: 'node' },
      globalSetup: ['e2e/unpack-chromium.ts'],
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      sequence: { groupOrder: 4 },
    },
  },
  {
    needs: [chromium(), dotnet()],
    test: {
      name: 'aspnetcore',
      include: [...scenarios, ...browser],
      exclude: [...browserWithTestHub, examples],
      env: { TEST_SERVER: 'aspnetcore' },
      globalSetup: ['e2e/unpack-chromium.ts'],
      fileParallelism: false,
      testTimeout: 90_000,
      // The first one builds the server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 5 },
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
      sequence: { groupOrder: 6 },
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
      sequence: { groupOrder: 7 },
    },
  },
  {
    // Each part of `npm run proof` in a size for every day; the proof itself takes more than two hours.
    test: {
      name: 'proof',
      include: ['proof/**/*.test.ts'],
      exclude: ['proof/**/*.aspnetcore.test.ts'],
      // They count what is left, and keep a processor busy each.
      fileParallelism: false,
      testTimeout: 300_000,
      sequence: { groupOrder: 10 },
    },
  },
  {
    needs: [chromium(), dotnet()],
    test: {
      name: 'proof-aspnetcore',
      include: ['proof/**/*.aspnetcore.test.ts'],
      globalSetup: ['e2e/unpack-chromium.ts'],
      fileParallelism: false,
      testTimeout: 300_000,
      // The first one builds the server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 11 },
    },
  },
  {
    needs: [dotnet()],
    test: {
      name: 'docs-aspnetcore',
      include: ['docs/test/aspnetcore.test.ts'],
      testTimeout: 60_000,
      // The first one builds the server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 8 },
    },
  },
  {
    needs: [chromium(), dotnet()],
    test: {
      name: 'examples',
      include: aspNetCoreExamples,
      globalSetup: ['e2e/unpack-chromium.ts'],
      fileParallelism: false,
      testTimeout: 60_000,
      // Each builds its server.
      hookTimeout: 180_000,
      sequence: { groupOrder: 9 },
    },
  },
];

export default defineConfig({
  test: {
    // Most of the tests wait most of the time, and Vitest would leave one processor without work: of two, a half.
    maxWorkers: '100%',
    projects: suites.filter(canRun).map(({ needs: _, alias = {}, ...project }) => ({
      ...project,
      resolve: { tsconfigPaths: true, alias },
    })),
  },
});

/** A package of a workspace in `peers`, which holds what cannot stand beside the newer version at the root. */
function peer(workspace: string, name: string): string {
  return join(import.meta.dirname, 'peers', workspace, 'node_modules', name);
}

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
