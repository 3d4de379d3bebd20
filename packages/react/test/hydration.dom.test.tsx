import { act } from '@testing-library/react';
import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { atFirst, EveryHook } from './every-hook.tsx';
import { createNews, startNews } from './news-hub.ts';

it.each([
  ['that is new', createNews],
  ['that is connected by then', startNews],
])('hydrates a page of each hook without a complaint, with a client %s', async (_, begin) => {
  const { hub, facts } = await begin();
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  const recovered: unknown[] = [];
  const container = document.createElement('div');
  container.innerHTML = renderToString(<EveryHook hub={hub} />);
  expect(container.textContent).toBe(atFirst);
  const page = (
    <StrictMode>
      <EveryHook hub={hub} />
    </StrictMode>
  );
  const root = await act(async () =>
    hydrateRoot(container, page, { onRecoverableError: (error) => recovered.push(error) }),
  );
  await expect.poll(() => container.textContent).toBe('connected joined idle pending success 1,2');
  expect([complaints.mock.calls, recovered]).toEqual([[], []]);
  root.unmount();
  await expect.poll(() => facts.at(-1)).toBe('disconnected');
  expect(facts.filter((fact) => fact === 'connected')).toHaveLength(1);
  complaints.mockRestore();
});
