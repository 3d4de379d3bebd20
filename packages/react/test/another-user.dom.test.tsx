import { cleanup, render } from '@testing-library/react';
import { memo, type ReactNode, useEffect, useLayoutEffect } from 'react';
import { afterEach, expect, it } from 'vitest';
import { createHubHooks } from '@org/hub-react';
import { startAsAnn, type WhoHub } from './two-users.ts';

const { HubProvider, useHub, useHubInvoke, useHubQuery, useHubSnapshot, useHubStream } = createHubHooks<WhoHub>();

afterEach(cleanup);

/** Components that show something of the user’s, and what there is of it at first for the next one. */
const shown: Record<string, [show: () => ReactNode, next: string]> = {
  useHubQuery: [
    () => {
      const hub = useHub();
      return useHubQuery({ queryKey: ['who'], load: () => hub.invoke('Who'), on: {} }).data;
    },
    'bob',
  ],
  useHubStream: [() => useHubStream('Names', []).data[0], 'bob'],
  useHubInvoke: [
    () => {
      const { data, invoke } = useHubInvoke('Who');
      useEffect(() => void invoke(), [invoke]);
      return data;
    },
    '',
  ],
};

it.each(Object.entries(shown))('%s shows what one user saw beside no other name', async (_, [show, next]) => {
  const { hub, become } = await startAsAnn();
  const texts: (string | null)[] = [];
  const Data = memo(show);
  function Page(): ReactNode {
    const user = useHubSnapshot(({ userId }) => userId);
    useLayoutEffect(() => void texts.push(document.body.textContent));
    return (
      <p>
        {user}: <Data />
      </p>
    );
  }
  render(
    <HubProvider client={hub}>
      <Page />
    </HubProvider>,
  );
  await expect.poll(() => document.body.textContent).toBe('ann: ann');
  become('bob');
  await expect.poll(() => document.body.textContent).toBe(`bob: ${next}`);
  expect(texts.filter((text) => text?.startsWith('bob'))).toEqual(['bob: ']);
});
