import type { Example } from './example.ts';

/**
 * `npm start -- --example=NAME`. What they need is loaded when one starts: a mistyped command is no place for what
 * oidc-provider has to say about Node versions.
 */
export const examples: Readonly<Record<string, Example>> = {
  chat: {
    title: 'The chat runs. Open one of its pages, in two browsers or a private window for two people',
    servers: ['embedded', 'aspnetcore'],
    ports: 3,
    start: async (options) => (await import('./chat/server/example.ts')).startChatExample(options),
  },
  news: {
    title: 'The news run: two hubs on one login, and tokens that expire under the page',
    servers: ['aspnetcore'],
    ports: 3,
    start: async (options) => (await import('./news/example.ts')).startNewsExample(options),
  },
  bff: {
    title: 'The notes run: a cookie session with a server of another origin, and of the same site',
    servers: ['aspnetcore'],
    ports: 3,
    start: async (options) => (await import('./bff/example.ts')).startBffExample(options, false),
  },
  'bff-cross-site': {
    title: 'The notes run: a cookie session with a server of another site',
    servers: ['aspnetcore'],
    ports: 3,
    start: async (options) => (await import('./bff/example.ts')).startBffExample(options, true),
  },
  'spa-password': {
    title: 'The shopping list runs. Register, and open it in two tabs',
    servers: ['aspnetcore'],
    ports: 2,
    start: async (options) => (await import('./spa-password/example.ts')).startSpaPasswordExample(options),
  },
  serverless: {
    title: 'The trams run. Open the page in two browsers, and log in as two people',
    servers: ['embedded'],
    ports: 4,
    start: async (options) => (await import('./serverless/example.ts')).startServerlessExample(options),
  },
};
