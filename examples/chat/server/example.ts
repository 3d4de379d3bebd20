import { logInAs } from '../../common/users.ts';
import type { ExampleOptions, RunningExample } from '../../example.ts';
import { startChat } from './chat.ts';

export async function startChatExample(options: ExampleOptions): Promise<RunningExample> {
  const { pagesUrl, provider, hub, close } = await startChat(options);
  return {
    announcement: [
      ['Script tag', `${pagesUrl}/script-tag/`],
      ['React', `${pagesUrl}/react/`],
      ['Vue', `${pagesUrl}/vue/`],
      ['Log in as', logInAs()],
      ['Hub', `${hub.url} (${hub.name === 'embedded' ? 'Node' : 'ASP.NET Core'})`],
      ['Provider', provider.issuer],
    ],
    close,
  };
}
