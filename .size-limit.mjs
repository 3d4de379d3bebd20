import { readFile, writeFile } from 'node:fs/promises';
import { minify } from 'terser';

// Minified and gzipped, as an app's own build makes it: bundled and shaken by esbuild, minified by terser, which names
// things for gzip (esbuild's names cost 5 % more). "Our own code" leaves the dependencies out.
const terser = {
  name: 'terser',
  setup(build) {
    build.onEnd(async ({ metafile }) => {
      for (const file of Object.keys(metafile.outputs)) {
        const compress = { passes: 3, unsafe: true, unsafe_arrows: true, keep_fargs: false, pure_getters: true };
        const { code } = await minify(await readFile(file, 'utf8'), { compress, module: true, ecma: 2022 });
        await writeFile(file, code);
      }
    });
  },
};

// What is loaded when it is needed has a budget of its own.
const later = {
  name: 'later',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : undefined));
  },
};

// A file by itself: what it imports has been loaded with the core.
const alone = {
  name: 'alone',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\// }, ({ kind }) => (kind === 'entry-point' ? undefined : { external: true }));
  },
};

const bundled = {
  gzip: true,
  modifyEsbuildConfig: (config) => ({
    ...config,
    format: 'esm',
    target: 'es2022',
    minify: false,
    metafile: true,
    plugins: [...(config.plugins ?? []), later, terser],
  }),
};

export default [
  {
    ...bundled,
    name: 'core, our own code',
    path: 'packages/core/dist/index.js',
    import: '{ createHubClient }',
    ignore: ['@microsoft/signalr'],
    limit: '11 kB',
  },
  {
    ...bundled,
    name: 'core with @microsoft/signalr',
    path: 'packages/core/dist/index.js',
    import: '{ createHubClient }',
    limit: '25.5 kB',
  },
  {
    ...bundled,
    name: 'core/oidc, our own code',
    path: 'packages/core/dist/oidc.js',
    ignore: ['oidc-client-ts'],
    limit: '3 kB',
  },
  {
    ...bundled,
    name: 'core, loaded while the first link is opened',
    path: [
      'packages/core/dist/chunks/classify.js',
      'packages/core/dist/chunks/rotation.js',
      'packages/core/dist/chunks/upload.js',
    ],
    modifyEsbuildConfig: (config) =>
      bundled.modifyEsbuildConfig({ ...config, plugins: [...(config.plugins ?? []), alone] }),
    // What reads SignalR's words, answers the server and lets streams go up is here, so that the start of an app is without it.
    limit: '6.6 kB',
  },
  {
    ...bundled,
    name: 'core, loaded where tabs share a login',
    path: ['packages/core/dist/chunks/tabs.js', 'packages/core/dist/chunks/locks.js'],
    limit: '1.2 kB',
  },
  {
    ...bundled,
    name: 'core/identity, our own code',
    path: 'packages/core/dist/identity.js',
    // Of it 1 kB is what the core has loaded already: errors, listeners, the clock.
    limit: '3 kB',
  },
  {
    ...bundled,
    name: 'core/live, our own code',
    path: 'packages/core/dist/live.js',
    import: '{ createLiveQuery }',
    // As above.
    limit: '3.2 kB',
  },
  {
    ...bundled,
    name: 'core/live, with what the bindings render',
    path: 'packages/core/dist/live.js',
    // Streams, invocations, and queries that components share: once here, so that neither binding has its own.
    limit: '4.5 kB',
  },
  {
    ...bundled,
    name: 'react, our own code',
    path: 'packages/react/dist/index.js',
    ignore: ['@org/hub-core', 'react'],
    limit: '1.5 kB',
  },
  {
    ...bundled,
    name: 'vue, our own code',
    path: 'packages/vue/dist/index.js',
    ignore: ['@org/hub-core', 'vue'],
    // Of it a quarter kB so that hydration finds what the server rendered.
    limit: '1.75 kB',
  },
  {
    gzip: true,
    name: 'script tag, with all dependencies',
    path: 'packages/core/dist/hub.global.min.js',
    disablePlugins: ['@size-limit/esbuild'],
    // All of it: every source, rotation and tabs, live queries, SignalR and oidc-client-ts.
    limit: '55.5 kB',
  },
];
