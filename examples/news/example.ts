import { logInAs } from '../common/users.ts';
import type { ExampleOptions, RunningExample } from '../example.ts';
import { startNews } from './news.ts';

export async function startNewsExample({ port }: ExampleOptions): Promise<RunningExample> {
  // Tokens are short here, so that whoever looks at the page sees some of them come and go.
  const lifetime = 30;
  const { pageUrl, provider, hubsUrl, close } = await startNews({
    accessTokenLifetime: lifetime,
    ...(port === undefined ? {} : { port }),
  });
  return {
    announcement: [
      ['News', pageUrl],
      ['Log in as', logInAs()],
      ['Access tokens', `${lifetime} s each`],
      ['Hubs', `${hubsUrl}/news, ${hubsUrl}/messages (ASP.NET Core)`],
      ['Provider', provider.issuer],
    ],
    close,
  };
}
