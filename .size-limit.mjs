// Minified and gzipped, as an app's bundler would make it. "Our own code" leaves the dependencies out.
const bundled = {
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', target: 'es2022' }),
};

export default [
  {
    ...bundled,
    name: 'core, our own code',
    path: 'packages/core/dist/index.js',
    ignore: ['@microsoft/signalr'],
    limit: '11 kB',
  },
  { ...bundled, name: 'core with @microsoft/signalr', path: 'packages/core/dist/index.js', limit: '25.5 kB' },
  {
    ...bundled,
    name: 'core/oidc, our own code',
    path: 'packages/core/dist/oidc.js',
    ignore: ['oidc-client-ts'],
    limit: '1.5 kB',
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
    limit: '1.5 kB',
  },
  {
    gzip: true,
    name: 'script tag, with all dependencies',
    path: 'packages/core/dist/hub.global.min.js',
    disablePlugins: ['@size-limit/esbuild'],
    limit: '45 kB',
  },
];
