/** An app that takes something of each of our end points: the compilers of all ages have to understand their types. */
import { cookieSession, createHubClient, type HubClient, HubError, tokenFrom } from '@org/hub-core';
import { identityApi, passwordGrant } from '@org/hub-core/identity';
import { createInvocation, createLiveQuery, createLiveStream } from '@org/hub-core/live';
import { oidc } from '@org/hub-core/oidc';
import * as react from '@org/hub-react';
import * as reactIdentity from '@org/hub-react/identity';
import * as reactLive from '@org/hub-react/live';
import * as reactOidc from '@org/hub-react/oidc';
import { createTestHub, createTestOidc } from '@org/hub-testing';
import { mswHandlers } from '@org/hub-testing/msw';
import * as vue from '@org/hub-vue';
import * as vueIdentity from '@org/hub-vue/identity';
import * as vueLive from '@org/hub-vue/live';
import * as vueOidc from '@org/hub-vue/oidc';

export { cookieSession, HubError, identityApi, mswHandlers, passwordGrant, tokenFrom };
export { createInvocation, createLiveQuery, createLiveStream, createTestHub, createTestOidc };
export { react, reactIdentity, reactLive, reactOidc, vue, vueIdentity, vueLive, vueOidc };

interface Chat {
  server: { Greet(name: string): string };
  client: { Greeted(greeting: string): void };
}

export const hub: HubClient<Chat> = createHubClient<Chat>({
  url: '/hub',
  auth: oidc({ authority: 'https://login.test', client_id: 'app', redirect_uri: 'https://app.test' }),
});
hub.on('Greeted', (greeting) => greeting.toUpperCase());
export const answer: Promise<string> = hub.invoke('Greet', 'Ann');
// @ts-expect-error A number is no name.
void hub.invoke('Greet', 7);
