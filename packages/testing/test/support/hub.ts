import { onTestFinished } from 'vitest';
import { createTestHub } from '../../src/index.ts';
import type { AnyHubContract, HubContract, ListenOptions, TestHub, TestHubOptions } from '../../src/index.ts';

/** A hub that is disposed with its test. */
export function testHub<C extends HubContract = AnyHubContract>(options: TestHubOptions<C> = {}): TestHub<C> {
  const hub = createTestHub<C>(options);
  onTestFinished(() => hub.dispose());
  return hub;
}

/** The same on a port. */
export async function listeningHub<C extends HubContract = AnyHubContract>(
  options: TestHubOptions<C> = {},
  listen: ListenOptions = {},
): Promise<{ hub: TestHub<C>; url: string }> {
  const hub = testHub<C>(options);
  const { url } = await hub.listen(listen);
  return { hub, url };
}

/** A promise and its handles. */
export function deferred<T = void>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
