import type { AnyHubContract, HubContract } from './contract.ts';
import type { TestHub } from './hub.ts';
import type { TestHubOptions } from './options.ts';

/** A SignalR server for tests: the real wire, and the faults that apps must survive. */
export function createTestHub<C extends HubContract = AnyHubContract>(options: TestHubOptions<C> = {}): TestHub<C> {
  throw new Error('Not implemented yet.', { cause: options });
}
