import { MessageType } from '@microsoft/signalr';
import type { HubMessage, InvocationMessage, StreamInvocationMessage } from '@microsoft/signalr';
import type { HubCall } from '../api/call.ts';
import type { Connection } from './connection.ts';
import type { AnyHubContract } from '../api/contract.ts';
import type { Emitter } from '../platform/emitter.ts';
import { HubException } from '../api/errors.ts';
import type { ReceivedInvocation, TestHubEvents } from '../api/events.ts';
import { errorText } from '../wire/exceptions.ts';
import type { HubMethod } from './methods.ts';
import { createSlots } from './slots.ts';
import { pumpStream, toAsyncIterator } from './streams.ts';

type Call = HubCall<AnyHubContract>;
type Invocation = InvocationMessage | StreamInvocationMessage;

/** Handles the messages of one client. */
export interface Dispatcher {
  /** Returns, or resolves, as soon as the next message may be looked at. */
  dispatch(message: HubMessage): void | Promise<void>;
  /** The connection has ended: what waits for a free slot is forgotten, what runs is told by its signal. */
  stop(): void;
}

export interface DispatcherHost {
  readonly methods: ReadonlyMap<string, HubMethod>;
  readonly events: Emitter<TestHubEvents>;
  readonly detailed: boolean;
  readonly maximumParallelInvocations: number;
  /** @param signal ends with the connection, or earlier */
  createCall(connection: Connection, signal: AbortSignal): Call;
  record(invocation: ReceivedInvocation): void;
}

/** Which texts a client sees was measured on ASP.NET Core 10; see `HubMethods` for how a method is written. */
export function createDispatcher(host: DispatcherHost, connection: Connection): Dispatcher {
  const slots = createSlots(host.maximumParallelInvocations);
  const running = new Map<string, AbortController>();
  /** Of all calls. Not listeners on the connection's signal: Node takes many of those for a leak, and says so. */
  const aborters = new Set<AbortController>();

  async function invoke(message: Invocation, received: ReceivedInvocation): Promise<Outcome> {
    const { target, streamIds = [] } = message;
    const fail = (text: string, error?: unknown): Outcome => ({
      error: error === undefined ? text : errorText(text, error, host.detailed),
      cause: error,
    });
    const streaming = message.type === MessageType.StreamInvocation;

    // The order of the checks is ASP.NET Core's: arguments are bound while the message is read, before anybody asks who may call.
    const method = host.methods.get(target.toLowerCase());
    const binding = `Failed to invoke '${target}' due to an error on the server.`;
    if (!method) return fail(binding, new HubException('Method does not exist.'));
    try {
      const bindingError = connection.protocol?.bindingError ?? String;
      method.parameters.checkArguments(message.arguments, streamIds.length, bindingError);
    } catch (error) {
      return fail(binding, error);
    }
    const unexpected = `An unexpected error occurred invoking '${target}' on the server.`;
    const aborter = new AbortController();
    if (connection.signal.aborted) aborter.abort();
    aborters.add(aborter);
    const call = host.createCall(connection, aborter.signal);
    try {
      if (!(await method.isAuthorized(call))) return fail(`Failed to invoke '${target}' because user is unauthorized`);
      if (method.streaming && !streaming) {
        return fail(`The client attempted to invoke the streaming '${target}' method with a non-streaming invocation.`);
      }
      if (!method.streaming && streaming) {
        return fail(`The client attempted to invoke the non-streaming '${target}' method with a streaming invocation.`);
      }
      method.parameters.checkUploads(streamIds.length);
      const uploads = streamIds.map((id) => connection.uploads.open(id));
      host.events.emit('invoked', received);
      if (!streaming) {
        const result = await method.run(call, [...message.arguments, ...uploads]);
        return { result: result ?? null };
      }
      const { invocationId } = message;
      if (running.has(invocationId)) return fail(`Invocation ID '${invocationId}' is already in use.`);
      running.set(invocationId, aborter);
      try {
        const items = toAsyncIterator(await method.run(call, [...message.arguments, ...uploads]));
        if (!items) {
          return fail(
            `The value returned by the streaming method '${target}' is not a ChannelReader<> or IAsyncEnumerable<>.`,
          );
        }
        try {
          await pumpStream(items, aborter.signal, (item) =>
            connection.send({ type: MessageType.StreamItem, invocationId, item }),
          );
        } catch (error) {
          return fail('An error occurred on the server while streaming results.', error);
        }
        return {};
      } finally {
        running.delete(invocationId);
      }
    } catch (error) {
      return fail(unexpected, error);
    } finally {
      aborters.delete(aborter);
      for (const id of streamIds) connection.uploads.close(id);
    }
  }

  async function answer(message: Invocation): Promise<void> {
    const received: ReceivedInvocation = {
      connectionId: connection.client.id,
      userId: connection.client.userId,
      method: message.target,
      args: message.arguments,
      kind: kindOf(message),
    };
    host.record(received);
    const { cause, ...outcome } = await invoke(message, received);
    // Without an id nobody waits for an answer, not even for an error; an empty one is none.
    if (message.invocationId) {
      connection.send({ type: MessageType.Completion, invocationId: message.invocationId, ...outcome });
    }
    host.events.emit('completed', {
      ...received,
      ...(outcome.error === undefined ? {} : { error: outcome.error }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  function runInSlot(message: Invocation): void {
    void answer(message).finally(() => slots.release());
  }

  return {
    stop() {
      slots.abandon();
      for (const aborter of aborters) aborter.abort();
    },
    dispatch(message) {
      switch (message.type) {
        case MessageType.Invocation:
          if (message.streamIds?.length) return void answer(message);
          // One after the other (unless the hub allows more), but the first does not hold back what is no invocation.
          return slots.acquire(() => runInSlot(message));
        case MessageType.StreamInvocation:
          return void answer(message);
        case MessageType.CancelInvocation:
          return running.get(message.invocationId)?.abort();
        case MessageType.StreamItem:
          return connection.uploads.item(message.invocationId ?? '', message.item);
        case MessageType.Completion:
          return void connection.uploads.complete(message.invocationId, message.error);
        case MessageType.Ping:
        case MessageType.Close:
        case MessageType.Ack:
        case MessageType.Sequence:
          return;
        default:
          return message satisfies never;
      }
    },
  };
}

/** A completion's fields; `cause` stays on the server. */
interface Outcome {
  result?: unknown;
  error?: string;
  cause?: unknown;
}

function kindOf(message: Invocation): ReceivedInvocation['kind'] {
  if (message.type === MessageType.StreamInvocation) return 'stream';
  return message.invocationId ? 'invoke' : 'send';
}
