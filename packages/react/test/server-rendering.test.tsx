// @vitest-environment node
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { atFirst, EveryHook } from './every-hook.tsx';
import { createNews, startNews } from './news-hub.ts';

it('renders each hook where there is no window, and begins nothing', async () => {
  expect(globalThis).not.toHaveProperty('window');
  const { hub, server } = createNews();
  expect(renderToString(<EveryHook hub={hub} />)).toBe(`<p>${atFirst}</p>`);
  expect(await stream(hub)).toContain(`<p>${atFirst}</p>`);
  expect([hub.getSnapshot().status, server.received()]).toEqual(['disconnected', []]);
});

it('renders what hydration will find, also with a client that is connected', async () => {
  const { hub, facts } = await startNews();
  expect(await stream(hub)).toContain(`<p>${atFirst}</p>`);
  await hub.invoke('History', 'is all that was asked for');
  expect(facts).toEqual(['connected', 'History is all that was asked for']);
});

function stream(hub: Parameters<typeof EveryHook>[0]['hub']): Promise<string> {
  const html = new PassThrough();
  renderToPipeableStream(<EveryHook hub={hub} />).pipe(html);
  return text(html);
}
