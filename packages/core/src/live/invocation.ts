import type { HubClient } from '../hub-client.js';
import type { HubContract, ServerArguments, ServerMethod, ServerResult } from '../vocabulary/contract.js';
import { asError } from '../vocabulary/errors.js';
import { createLiveStore } from './live-store.js';
import { watchOwner } from './owner.js';

/** How the latest call of a hub method stands: immutable, and the same object until something changed. */
export type InvocationSnapshot<R> =
  | { readonly status: 'idle' | 'pending'; readonly data: undefined; readonly error: null }
  | { readonly status: 'success'; readonly data: R; readonly error: null }
  | { readonly status: 'error'; readonly data: undefined; readonly error: Error };

/** Before the first call, and after `reset()`. */
export const initialInvocationSnapshot: InvocationSnapshot<never> = Object.freeze({
  status: 'idle',
  data: undefined,
  error: null,
});

/** Calls of one hub method, of which the latest is shown. */
export interface Invocation<A extends unknown[], R> {
  /**
   * Calls the method. Rejects for whoever waits for it; where nobody does, the failure is in the snapshot alone, and no
   * unhandled rejection. The snapshot is that of the latest call: what an earlier one is answered later changes nothing.
   */
  readonly invoke: (...args: A) => Promise<R>;
  /** Forgets the latest call; the server goes on with it. */
  readonly reset: () => void;
  getSnapshot(): InvocationSnapshot<R>;
  subscribe(listener: () => void): () => void;
}

export function createInvocation<C extends HubContract, M extends ServerMethod<C>>(
  hub: HubClient<C>,
  method: M,
): Invocation<ServerArguments<C, M> & unknown[], ServerResult<C, M>> {
  type Result = ServerResult<C, M>;
  // The untyped client is what runs.
  const client = hub as unknown as HubClient;
  const store = createLiveStore<InvocationSnapshot<Result>>(initialInvocationSnapshot);
  const isAnothers = watchOwner(client);
  let latest: Promise<Result> | null = null;

  function reset(): void {
    latest = null;
    store.write(initialInvocationSnapshot);
  }

  function look(): void {
    if (isAnothers()) reset();
  }

  return {
    invoke(...args) {
      // Nobody may have asked since the user changed: this call is of whoever it is by now.
      look();
      const call = client.invoke<Result>(method, ...args);
      latest = call;
      store.write({ status: 'pending', data: undefined, error: null });
      const show = (snapshot: InvocationSnapshot<Result>): void => {
        look();
        if (latest === call) store.write(snapshot);
      };
      // Both outcomes are looked after here: the promise is never unhandled.
      call.then(
        (data) => show({ status: 'success', data, error: null }),
        (error: unknown) => show({ status: 'error', data: undefined, error: asError(error) }),
      );
      return call;
    },
    reset,
    getSnapshot() {
      look();
      return store.read();
    },
    subscribe(listener) {
      const off = store.listen(listener);
      const offHub = client.subscribe(() => {
        look();
        store.tell();
      });
      return () => {
        off();
        offHub();
      };
    },
  };
}
