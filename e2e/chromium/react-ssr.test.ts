/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createElement } from 'react';
import { renderToPipeableStream } from 'react-dom/server';
import { createHubClient } from '@org/hub-react';
import { expect, it, onTestFinished } from 'vitest';
import { type LabHub, labKind, startLab } from '../lab/index.ts';
import { openBindingsPage } from './bindings/page.ts';
import { SsrPage } from './bindings/ssr-page.tsx';

it('a page that a server rendered is hydrated without a complaint, and then connects once', async () => {
  const lab = await startLab(labKind(), { allowAnonymous: true });
  onTestFinished(() => lab.close());
  const rendered = await render(lab.url);
  expect(rendered).toContain('disconnected<!-- -->, <!-- -->joining');
  // React streams what came late, and a script that puts it in its place.
  expect(rendered).toContain('pending<!-- --> <!-- -->, <!-- -->pending');
  expect(await lab.requests()).toEqual([]);

  const { page, facts } = await openBindingsPage('react-ssr', 'development', {
    html: `<div id="app" data-hub="${lab.url}">${rendered}</div>`,
  });
  await page.getByTestId('connection').getByText('connected, joined').waitFor();
  await page.getByTestId('numbers').getByText('done 1,2,3, success 0', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('button', { name: '42' }).waitFor();
  expect([(await lab.connections()).length, facts.sockets.length, facts.complaints]).toEqual([1, 1, []]);
});

it('the built package says to server components that its hooks are for the browser', () => {
  const built = readFileSync(join(import.meta.dirname, '../../packages/react/dist/index.js'), 'utf8');
  expect(built).toMatch(/^'use client';\n/);
});

function render(url: string): Promise<string> {
  const html = new PassThrough();
  const page = renderToPipeableStream(createElement(SsrPage, { hub: createHubClient<LabHub>({ url }) }));
  page.pipe(html);
  return text(html);
}
