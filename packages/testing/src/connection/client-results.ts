import { MessageType } from '@microsoft/signalr';
import type { CompletionMessage, HubMessage } from '@microsoft/signalr';
import { createDeferred } from '../platform/deferred.ts';
import type { Deferred } from '../platform/deferred.ts';
import { HubException } from '../api/errors.ts';
import { exception } from '../wire/exceptions.ts';

/** The calls to one client that wait for its answer. */
export interface ClientResults {
  ask(method: string, args: unknown[]): Promise<unknown>;
  /** Whether the answer was expected. */
  complete(message: CompletionMessage): boolean;
  abort(): void;
}

export function createClientResults(connectionId: string, send: (message: HubMessage) => void): ClientResults {
  const waiting = new Map<string, Deferred<unknown>>();
  let count = 0;
  return {
    ask(method, args) {
      count += 1;
      // 's' as in ASP.NET Core; client and server number their calls apart.
      const invocationId = `s${count}`;
      const answer = createDeferred<unknown>();
      waiting.set(invocationId, answer);
      // A method that looks at the answer later, or never, must not end the process when the client goes first.
      answer.promise.catch(() => undefined);
      send({ type: MessageType.Invocation, invocationId, target: method, arguments: args });
      return answer.promise;
    },
    complete({ invocationId, error, result }) {
      const answer = waiting.get(invocationId);
      waiting.delete(invocationId);
      if (error === undefined) answer?.resolve(result);
      else answer?.reject(new HubException(error));
      return answer !== undefined;
    },
    abort() {
      for (const { reject } of waiting.values()) {
        reject(exception('IOException', `Connection '${connectionId}' disconnected.`));
      }
      waiting.clear();
    },
  };
}
