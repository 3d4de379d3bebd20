import { logInAs } from '../common/users.ts';
import type { ExampleOptions, RunningExample } from '../example.ts';
import { startServerless } from './server/serverless.ts';

export async function startServerlessExample({ port }: ExampleOptions): Promise<RunningExample> {
  const { pageUrl, provider, functions, service, close } = await startServerless(port === undefined ? {} : { port });
  return {
    announcement: [
      ['Page', pageUrl],
      ['Log in as', logInAs()],
      ['Functions', `${functions.url}/api/negotiate`],
      ['Hub', service.clientUrl],
      ['Provider', provider.issuer],
    ],
    close,
  };
}
