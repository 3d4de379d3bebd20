import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as core from '@org/hub-core';
import * as coreIdentity from '@org/hub-core/identity';
import * as coreLive from '@org/hub-core/live';
import * as coreOidc from '@org/hub-core/oidc';
import * as binding from '@org/hub-react';
import * as bindingIdentity from '@org/hub-react/identity';
import * as bindingLive from '@org/hub-react/live';
import * as bindingOidc from '@org/hub-react/oidc';

/** Every name in the export lists of an entry point, the types among them, which leave no trace at run time. */
function exported(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, file), 'utf8');
  return [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(
    ([, list]) => list?.match(/\w+(?=\s*(,|$))/g) ?? [],
  );
}

it('names every public name of the core, so that one install is enough', () => {
  expect(exported('../src/index.ts')).toEqual(expect.arrayContaining(exported('../../core/src/index.ts')));
  expect(exported('../src/oidc.ts')).toEqual(expect.arrayContaining(exported('../../core/src/oidc.ts')));
  expect(exported('../src/identity.ts')).toEqual(expect.arrayContaining(exported('../../core/src/identity.ts')));
  expect(exported('../src/live.ts')).toEqual(expect.arrayContaining(exported('../../core/src/live.ts')));
  expect(binding).toMatchObject({ ...core });
  expect(bindingOidc).toMatchObject({ ...coreOidc });
  expect(bindingIdentity).toMatchObject({ ...coreIdentity });
  expect(bindingLive).toMatchObject({ ...coreLive });
});

it('adds these names and no others', () => {
  const own = exported('../src/index.ts').filter((name) => !exported('../../core/src/index.ts').includes(name));
  expect(own).toEqual([
    'createHubHooks',
    'HubProvider',
    'useHub',
    'useHubEvent',
    'useHubGroup',
    'useHubInvoke',
    'useHubMessage',
    'useHubQuery',
    'useHubSnapshot',
    'useHubStream',
    'HubGroup',
    'HubHooks',
    'HubInvocation',
    'HubProviderProps',
    'HubQuery',
    'HubQueryOptions',
    'HubStreamOptions',
    'HubStreamResult',
    'UseHubInvoke',
    'UseHubStream',
  ]);
});
