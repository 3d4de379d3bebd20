// The one build. For each package: ES modules (ES2022) and one .d.ts for each entry point, dependencies left outside;
// for the core also the script-tag file. A new entry point is a new name in this table, and in the package's `exports`.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import { minify } from 'terser';

const entryPoints = {
  core: ['index', 'oidc', 'identity', 'live'],
  testing: ['index', 'msw'],
  react: ['index', 'oidc', 'identity', 'live'],
  vue: ['index', 'oidc', 'identity', 'live'],
};

// Server components of React must know that the hooks run in the browser; they look at the first line of the entry.
const banners = { react: `'use client';` };

const folders = Object.keys(entryPoints);
const source = (folder, name) => `packages/${folder}/src/${name}.ts`;
const existing = (folder) => entryPoints[folder].filter((name) => existsSync(source(folder, name)));

const dependencies = new Set(
  folders.flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(`packages/${folder}/package.json`, 'utf8'));
    return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  }),
);

function external(id) {
  const name = id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/');
  return id.startsWith('node:') || builtinModules.includes(id) || dependencies.has(name);
}

// What the bundler warns about in our own files (an unresolved import, a cycle) is a defect of the package.
function onwarn(warning, warn) {
  if (warning.loc?.file?.includes('node_modules')) return;
  if (warning.code === 'CIRCULAR_DEPENDENCY' && warning.ids?.every((id) => id.includes('node_modules'))) return;
  warn(warning);
  throw new Error(`The build must be free of warnings: ${warning.message}`);
}

function modules(folder) {
  return {
    input: Object.fromEntries(existing(folder).map((name) => [name, source(folder, name)])),
    external,
    onwarn,
    plugins: [esbuild({ target: 'es2022', tsconfig: `packages/${folder}/tsconfig.json` })],
    output: {
      dir: `packages/${folder}/dist`,
      format: 'es',
      sourcemap: true,
      banner: (chunk) => (chunk.name === 'index' ? (banners[folder] ?? '') : ''),
      chunkFileNames: 'chunks/[name].js',
    },
  };
}

/**
 * The types of all packages in one go. They share one TypeScript program, and it neither checks nor loads the types of the
 * platform: `isolatedDeclarations` says that each file's declarations follow from the file alone, and `npm run types` checks.
 */
function declarations() {
  return {
    input: Object.fromEntries(
      folders.flatMap((folder) => existing(folder).map((name) => [`${folder}/dist/${name}`, source(folder, name)])),
    ),
    external,
    onwarn,
    plugins: [
      dts({
        tsconfig: 'tsconfig.json',
        compilerOptions: { declaration: true, isolatedDeclarations: true, noCheck: true, noLib: true, types: [] },
      }),
    ],
    output: {
      dir: 'packages',
      format: 'es',
      entryFileNames: '[name].d.ts',
      // Packages never share a chunk: they import each other by name, which is external.
      chunkFileNames: (chunk) => `${/packages\/([^/]+)\/src\//.exec(chunk.moduleIds[0])[1]}/dist/chunks/[name].d.ts`,
    },
  };
}

/** Names things for gzip: a twentieth less than what esbuild makes of it. */
const terser = {
  name: 'terser',
  async renderChunk(code) {
    const { code: smaller, map } = await minify(code, {
      compress: { passes: 3, keep_fargs: false, sequences: false },
      ecma: 2022,
      sourceMap: true,
    });
    return { code: smaller, map };
  },
};

/** `hub.global.min.js`: every public name of the core, with its dependencies, as one global for a page without a bundler. */
function scriptTag() {
  const entry = 'script-tag';
  const lines = existing('core').map((name) => `export * from '${process.cwd()}/${source('core', name)}';`);
  return {
    input: entry,
    onwarn,
    plugins: [
      {
        name: entry,
        resolveId: (id) => (id === entry ? id : null),
        load(id) {
          if (id === entry) return lines.join('\n');
          // A page has no Node.
          return id.endsWith('/link/node-socket.ts') ? 'export {};' : null;
        },
      },
      nodeResolve({ browser: true }),
      esbuild({ target: 'es2022', tsconfig: 'packages/core/tsconfig.json' }),
      terser,
    ],
    output: {
      file: 'packages/core/dist/hub.global.min.js',
      format: 'iife',
      name: 'HubCore',
      sourcemap: true,
      // One file: what a bundler would load later is in it.
      inlineDynamicImports: true,
    },
  };
}

for (const folder of folders) rmSync(`packages/${folder}/dist`, { recursive: true, force: true });

export default [...folders.map(modules), scriptTag(), declarations()];
