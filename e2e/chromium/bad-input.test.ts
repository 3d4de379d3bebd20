/// <reference types="node" />
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { demoForTests } from './demo.ts';
import { pageKinds, visit } from './visit.ts';

const demo = demoForTests();

/** Something that is not the chat's hub. */
async function somethingElse(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hubs/chat`;
}

const withCors = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers': 'authorization, content-type, x-requested-with, x-signalr-user-agent',
};

it('a wrong password: the provider says so, and the right one is good afterwards', async () => {
  const bob = await visit(demo, 'react');
  await bob.isVisitor();
  await bob.button('Log in').click();

  await bob.giveName('bob', 'wonderland');
  await bob.alert.getByText('User name or password is wrong. Please try again.', { exact: true }).waitFor();
  expect(await bob.page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
  await bob.giveName('bob', 'builder');

  await bob.isLoggedIn('bob');
  expect(bob.facts).toMatchObject({ complaints: [], refusals: [] });
});

it.each(pageKinds)(
  'a provider that is down: the %s page says so and what to do, and works when it is back',
  async (kind) => {
    const { provider } = demo.chat;
    const alice = await visit(demo, kind);
    await alice.isVisitor();

    await provider.down();
    onTestFinished(() => provider.up().catch(() => {}));
    await alice.button('Log in').click();
    await alice.alert.waitFor();

    expect(await alice.alert.innerText()).toContain(`No token could be had from ${provider.issuer}`);
    expect(await alice.alert.innerText()).toContain(`Check that ${provider.issuer} runs`);
    expect(await alice.connection.innerText()).toContain('Connected as a visitor.');
    // Not the page: the browser says what could not be reached.
    expect(alice.facts.complaints.filter((line) => !line.includes('net::ERR_CONNECTION_REFUSED'))).toEqual([]);
    await alice.button('Dismiss').click();
    await alice.alert.waitFor({ state: 'hidden' });

    await provider.up();
    await alice.logIn('alice');
    expect(await alice.alert.isVisible()).toBe(false);
  },
);

it.each(pageKinds)('a wrong hub URL: the %s page says that there is no hub, and what to check', async (kind) => {
  const hubUrl = await somethingElse((request, response) => {
    const cors = { ...withCors, 'access-control-allow-origin': request.headers.origin ?? '*' };
    response.writeHead(request.method === 'OPTIONS' ? 204 : 404, cors).end();
  });

  const visitor = await visit(demo, kind, { config: { hubUrl } });
  await visitor.alert.waitFor();

  expect(await visitor.alert.innerText()).toContain(hubUrl);
  expect(await visitor.alert.innerText()).toContain('Check `url`: it must be what MapHub got.');
  expect(await visitor.connection.getAttribute('data-status')).toBe('disconnected');
  expect(visitor.facts.refusals).toEqual([expect.stringMatching(/^404 POST .*\/negotiate/)]);
  // It is not tried again; the console has the browser's own line and one of ours, for whoever develops the page.
  expect(visitor.facts.complaints).toEqual([
    expect.stringContaining('status of 404'),
    expect.stringMatching(/\[hub\] The server answered 404 .* Check `url`/),
  ]);
});

it.each([
  ['the start page of an app', 200, 'There is no hub at'],
  ['a server that takes no POST', 405, 'The server answered 405 at'],
])('a hub URL that leads to %s is told apart from a hub that is down', async (_, status, said) => {
  const hubUrl = await somethingElse((request, response) => {
    const cors = { ...withCors, 'access-control-allow-origin': request.headers.origin ?? '*' };
    if (request.method === 'OPTIONS') response.writeHead(204, cors).end();
    else response.writeHead(status, { ...cors, 'content-type': 'text/html' }).end('<!doctype html><title>App</title>');
  });

  const visitor = await visit(demo, 'react', { config: { hubUrl } });
  await visitor.alert.waitFor();

  expect(await visitor.alert.innerText()).toContain(`${said} ${hubUrl}`);
  expect(await visitor.alert.innerText()).toContain('Check `url`');
  expect(await visitor.connection.getAttribute('data-status')).toBe('disconnected');
});

it.each(pageKinds)('a hub without CORS: the %s page names the hub and the setting', async (kind) => {
  const hubUrl = await somethingElse((_, response) => response.writeHead(200).end('{}'));

  const visitor = await visit(demo, kind, { config: { hubUrl } });
  await visitor.alert.waitFor();

  expect(await visitor.alert.innerText()).toContain(`The hub at ${hubUrl} does not answer.`);
  expect(await visitor.alert.innerText()).toContain('that the server allows this origin (CORS)');
  expect(await visitor.connection.innerText()).toMatch(/^Connecting/);
});

it.each(pageKinds)('a hub URL that is no address: the %s page says which option is wrong', async (kind) => {
  const visitor = await visit(demo, kind, { config: { hubUrl: 42 as unknown as string } });
  await visitor.alert.waitFor();

  expect(await visitor.alert.innerText()).toContain('`url`');
});
