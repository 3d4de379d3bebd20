/** The oldest versions on which the tests hold, and the ranges that the packages ask for because of it. */
export interface Proven {
  range: string;
  /** The oldest one of each major version that is not the newest; the first begins the range. */
  oldest: readonly [string, ...string[]];
}

export const proven = {
  '@microsoft/signalr': { range: '^8.0.0 || ^9.0.0 || ^10.0.0', oldest: ['8.0.0', '9.0.6'] },
  'oidc-client-ts': { range: '^3.1.0', oldest: ['3.1.0'] },
  react: { range: '^18.0.0 || ^19.0.0', oldest: ['18.0.0'] },
  vue: { range: '^3.4.4', oldest: ['3.4.4'] },
  msw: { range: '^2.11.0', oldest: ['2.11.0'] },
  ws: { range: '^8.23.0', oldest: ['8.23.0'] },
} as const satisfies Record<string, Proven>;

/** The compilers that our types are for: the oldest, and what npm has as the newest. */
export const compilers = ['5.4.2', 'latest'] as const;

/** Beside the Node that runs the proof: those with long-term support, and the newest. */
export const nodes = ['22', '24', 'latest'] as const;
