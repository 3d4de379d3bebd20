import type { ExampleOptions, RunningExample } from '../example.ts';
import { startSpaPassword } from './server/spa-password.ts';

export async function startSpaPasswordExample({ port }: ExampleOptions): Promise<RunningExample> {
  const { pageUrl, server, close } = await startSpaPassword(port === undefined ? {} : { port });
  return {
    announcement: [
      ['Page', pageUrl],
      ['with Identity', `${pageUrl}?with=identity`],
      ['Log in as', 'whomever you register as'],
      ['Server', `${server.origin} (ASP.NET Core: /Token, /identity, /api, /hubs/shopping)`],
    ],
    close,
  };
}
