import { HubError } from '@org/hub-core';

/** What the page’s server tells it when it starts: where the hub is, and the like. */
export async function fetchConfig<T>(): Promise<T> {
  const response = await fetch('/config.json').catch(() => null);
  if (response?.ok) return (await response.json()) as T;
  throw new HubError('configuration', 'The page could not find out where its hub is.', {
    remediation: 'Check that `npm start` runs and has printed its addresses, then reload the page.',
  });
}
