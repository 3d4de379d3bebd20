import type { Claim } from '../claim.ts';
import type { Workshop } from './install.ts';
import { proven } from './ranges.ts';
import { type Suite, runSuite } from './suite.ts';

const signalr = proven['@microsoft/signalr'].oldest;

/** What the packages depend on, in the oldest versions of which their ranges tell. */
const sets: readonly { of: string; versions: Record<string, string>; suite: Pick<Suite, 'projects' | 'files'> }[] = [
  {
    of: 'core and testing',
    versions: {
      '@microsoft/signalr': signalr[0],
      '@microsoft/signalr-protocol-msgpack': signalr[0],
      'oidc-client-ts': proven['oidc-client-ts'].oldest[0],
      msw: proven.msw.oldest[0],
      ws: proven.ws.oldest[0],
    },
    suite: { projects: ['unit'] },
  },
  ...signalr.slice(1).map((version) => ({
    of: 'core and testing',
    versions: { '@microsoft/signalr': version, '@microsoft/signalr-protocol-msgpack': version },
    suite: { projects: ['unit'], files: ['packages/core', 'packages/testing/test/messagepack'] },
  })),
  {
    of: 'react',
    versions: { react: proven.react.oldest[0], 'react-dom': proven.react.oldest[0], '@microsoft/signalr': signalr[0] },
    suite: { projects: ['react-18'] },
  },
  {
    of: 'vue',
    versions: { vue: proven.vue.oldest[0], '@microsoft/signalr': signalr[0] },
    suite: { projects: ['vue-3.4'] },
  },
];

/** The tests on the oldest versions that the packages ask for. */
export async function onOldestVersions(workshop: Workshop): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const [index, { of, versions, suite }] of sets.entries()) {
    const folder = await workshop.install(`oldest-${index}`, { dependencies: versions, overrides: versions });
    const others = { folder, names: Object.keys(versions) };
    claims.push({
      claim: `The tests of ${of} hold on the oldest versions that are asked for`,
      server: Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
      seed: null,
      ...(await runSuite({ ...suite, others })),
    });
  }
  return claims;
}
