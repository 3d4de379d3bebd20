/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@org/hub-core';
import * as coreIdentity from '@org/hub-core/identity';
import * as coreLive from '@org/hub-core/live';
import * as coreOidc from '@org/hub-core/oidc';
import { expect, it } from 'vitest';

/** Every name in the export lists of an entry point, the types among them, which leave no trace at run time. */
function exported(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, '../src', file), 'utf8');
  expect(source).not.toContain('export *');
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, list]) => list ?? '');
  return lists.flatMap((list) => list.match(/\w+(?=\s*(,|$))/g) ?? []).sort((a, b) => (a < b ? -1 : 1));
}

it('offers these names at @org/hub-core', () => {
  expect(Object.keys(core).sort()).toEqual([
    'HubError',
    'SessionEndedError',
    'cookieSession',
    'createHubClient',
    'initialSnapshot',
    'tokenFrom',
  ]);
  expect(exported('index.ts')).toEqual([
    'AuthStatus',
    'CallOptions',
    'ClientHandler',
    'ClientMethod',
    'CookieCredentials',
    'CookieSessionOptions',
    'Credentials',
    'EventSourceConstructor',
    'GroupCall',
    'GroupHandle',
    'GroupOptions',
    'GroupState',
    'GroupsCall',
    'HubClient',
    'HubContract',
    'HubError',
    'HubErrorCode',
    'HubErrorDetails',
    'HubEvent',
    'HubEventListeners',
    'HubEventOf',
    'HubEventSource',
    'HubEventType',
    'HubEvents',
    'HubLogger',
    'HubOptions',
    'HubProtocol',
    'HubSnapshot',
    'HubStatus',
    'HubStream',
    'Invoke',
    'LinkContext',
    'LogLevel',
    'LogSeverity',
    'LogoutOptions',
    'LogoutReport',
    'OpenStream',
    'OutboxOptions',
    'ReconnectOptions',
    'RenewInPlace',
    'ResultHandler',
    'RotationMethod',
    'Send',
    'ServerArguments',
    'ServerMethod',
    'ServerResult',
    'SessionEndedError',
    'SignalROptions',
    'StartOptions',
    'StreamArguments',
    'StreamItem',
    'StreamMethod',
    'Subscribable',
    'TokenChange',
    'TokenCredentials',
    'TokenFromOptions',
    'TokenRequest',
    'TokenSource',
    'TransportName',
    'UntypedContract',
    'WebSocketConstructor',
    'cookieSession',
    'createHubClient',
    'initialSnapshot',
    'tokenFrom',
  ]);
});

it('offers these names at @org/hub-core/oidc', () => {
  expect(Object.keys(coreOidc)).toEqual(['oidc']);
  expect(exported('oidc.ts')).toEqual([
    'OidcManager',
    'OidcOptions',
    'OidcSignInArgs',
    'OidcSource',
    'OidcUser',
    'oidc',
  ]);
});

it('offers these names at @org/hub-core/identity', () => {
  expect(Object.keys(coreIdentity).sort()).toEqual(['identityApi', 'passwordGrant']);
  expect(exported('identity.ts')).toEqual([
    'IdentityApiOptions',
    'IdentityApiSource',
    'IdentitySignIn',
    'PasswordGrantOptions',
    'PasswordGrantSource',
    'PasswordSignIn',
    'TokenStore',
    'identityApi',
    'passwordGrant',
  ]);
});

it('offers these names at @org/hub-core/live', () => {
  expect(Object.keys(coreLive).sort()).toEqual([
    'createInvocation',
    'createLiveQuery',
    'createLiveStream',
    'initialInvocationSnapshot',
    'initialLiveQuerySnapshot',
    'initialLiveStreamSnapshot',
    'keyOf',
    'liveQueryId',
    'shareLiveQuery',
  ]);
  expect(exported('live.ts')).toEqual([
    'Invocation',
    'InvocationSnapshot',
    'LiveLoadContext',
    'LiveQuery',
    'LiveQueryOptions',
    'LiveQueryProgress',
    'LiveQuerySnapshot',
    'LiveReducers',
    'LiveRetryOptions',
    'LiveStream',
    'LiveStreamOptions',
    'LiveStreamSnapshot',
    'SharedLiveQuery',
    'SharedLiveQueryOptions',
    'createInvocation',
    'createLiveQuery',
    'createLiveStream',
    'initialInvocationSnapshot',
    'initialLiveQuerySnapshot',
    'initialLiveStreamSnapshot',
    'keyOf',
    'liveQueryId',
    'shareLiveQuery',
  ]);
});
