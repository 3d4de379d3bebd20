import { demoUsers, logInAs } from '../common/users.ts';
import type { ExampleOptions, RunningExample } from '../example.ts';
import { startBff } from './bff.ts';

/** @param crossSite whether page and server are two sites, or two origins of one */
export async function startBffExample({ port }: ExampleOptions, crossSite: boolean): Promise<RunningExample> {
  const { pageUrl, serverUrl, foreignUrl, close } = await startBff({
    crossSite,
    ...(port === undefined ? {} : { port }),
  });
  return {
    announcement: [
      ['Notes', pageUrl],
      // Roles mean nothing here.
      ['Log in as', logInAs(demoUsers.map((user) => ({ ...user, roles: [] })))],
      [
        'Server',
        `${serverUrl} (ASP.NET Core), ${crossSite ? 'another site than the page' : 'the same site as the page'}`,
      ],
      ['Somebody else', `${foreignUrl} tries to use your session`],
    ],
    close,
  };
}
