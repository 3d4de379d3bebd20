/**
 * What a hub offers: the methods that clients call, the methods that the server calls on clients, and the hub methods
 * that stream. Interfaces are welcome, generated ones too (TypedSignalR).
 */
export interface HubContract {
  /** Hub methods for `invoke` and `send`. A parameter that is a stream takes any: an AsyncIterable, a Subject, an Observable. */
  server: object;
  /** Client methods for `on`; one that returns a result is for `handle`. */
  client: object;
  /** Hub methods that stream; the return type is the item. Those of `server` that return a stream, as generators write it, count too. */
  streams?: object;
}

/** The contract of a hub nobody described: any name, any arguments, results as the caller says (`invoke<number>('Count')`). */
export interface UntypedContract extends HubContract {
  readonly untyped: true;
}

type Untyped<C> = [C] extends [UntypedContract] ? true : false;
type Method = (...args: never[]) => unknown;
/** Inferred, so that the compiler's messages list the names and not this type. */
type MethodName<T> = { [K in keyof T]-?: T[K] extends Method ? K : never }[keyof T] extends infer N
  ? N & string
  : never;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;
/** What a hub method is given: where it takes a stream of some kind, one of any kind. */
type Given<A extends unknown[]> = { [K in keyof A]: GivenOne<A[K]> };
type GivenOne<A> = A extends StreamOf<infer T> ? StreamOf<T> : A;
/** A stream that goes up as an argument of a call. */
export type StreamOf<T> = AsyncIterable<T> | Subscribable<T>;
type Result<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;
/** SignalR’s `IStreamResult<T>` and `AsyncIterable<T>` say so wherever they are returned; `any` and `never` say nothing. */
type Streams<F> = F extends (...args: never[]) => infer R ? (0 extends 1 & R ? false : IsStream<R>) : false;
type IsStream<R> = [R] extends [never] ? false : [R] extends [StreamOf<unknown>] ? true : false;
/** What answers once. */
type CallsOf<C extends HubContract> = {
  [K in keyof C['server'] as Streams<C['server'][K]> extends true ? never : K]: C['server'][K];
};
type StreamsOf<C extends HubContract> = {
  [K in keyof C['server'] as Streams<C['server'][K]> extends true ? K : never]: C['server'][K];
} & (C extends { streams: infer S extends object } ? S : Record<never, never>);
type Item<F> = F extends (...args: never[]) => infer R ? (R extends StreamOf<infer T> ? T : Awaited<R>) : never;

/** The names that `invoke` and `send` take. */
export type ServerMethod<C extends HubContract> = Untyped<C> extends true ? string : MethodName<CallsOf<C>>;

/** What a hub method is called with. */
export type ServerArguments<C extends HubContract, M> =
  Untyped<C> extends true ? unknown[] : Given<Arguments<CallsOf<C>[M & keyof CallsOf<C>]>>;

/** What a hub method answers. */
export type ServerResult<C extends HubContract, M> =
  Untyped<C> extends true ? unknown : Result<CallsOf<C>[M & keyof CallsOf<C>]>;

/** The names that `stream` takes. */
export type StreamMethod<C extends HubContract> = Untyped<C> extends true ? string : MethodName<StreamsOf<C>>;

/** What a hub method that streams is called with. */
export type StreamArguments<C extends HubContract, M> =
  Untyped<C> extends true ? unknown[] : Given<Arguments<StreamsOf<C>[M & keyof StreamsOf<C>]>>;

/** What a hub method streams. */
export type StreamItem<C extends HubContract, M> =
  Untyped<C> extends true ? unknown : Item<StreamsOf<C>[M & keyof StreamsOf<C>]>;

/**
 * Calls a hub method and waits for its result.
 *
 * Streams go up as arguments, of `send` and `stream`, too: `hub.invoke('Sum', numbers())`. An argument is one if it is an
 * AsyncIterable, or has a function `subscribe` (a Subject, an Observable). An AsyncIterable is read no faster than the
 * connection takes its items, and is left (`return()`) as soon as nobody needs it any more: the method has answered, the call
 * was aborted, its reader left, the connection is gone. A Subject is heard from the call on, also while that waits for a
 * connection. An error of either reaches the hub method. A stream stays on its connection and is never sent again; where a
 * call that was only sent is cut short, the log says so (`warn`).
 */
export type Invoke<C extends HubContract> =
  Untyped<C> extends true
    ? <R = unknown>(method: string, ...args: unknown[]) => Promise<R>
    : <M extends MethodName<CallsOf<C>>>(
        method: M,
        ...args: Given<Arguments<CallsOf<C>[M & keyof CallsOf<C>]>>
      ) => Promise<Result<CallsOf<C>[M & keyof CallsOf<C>]>>;

/** Calls a hub method and waits only until the call is on its way. */
export type Send<C extends HubContract> =
  Untyped<C> extends true
    ? (method: string, ...args: unknown[]) => Promise<void>
    : <M extends MethodName<CallsOf<C>>>(
        method: M,
        ...args: Given<Arguments<CallsOf<C>[M & keyof CallsOf<C>]>>
      ) => Promise<void>;

/** Opens a stream of a hub method. */
export type OpenStream<C extends HubContract> =
  Untyped<C> extends true
    ? <T = unknown>(method: string, ...args: unknown[]) => HubStream<T>
    : <M extends MethodName<StreamsOf<C>>>(
        method: M,
        ...args: Given<Arguments<StreamsOf<C>[M & keyof StreamsOf<C>]>>
      ) => HubStream<Item<StreamsOf<C>[M & keyof StreamsOf<C>]>>;

/** A Subject of SignalR, an Observable, or whatever else can be subscribed to like these. */
export interface Subscribable<T> {
  subscribe(observer: { next(item: T): void; error(error: unknown): void; complete(): void }): unknown;
}

/** The names that `on` and `handle` take. */
export type ClientMethod<C extends HubContract> = Untyped<C> extends true ? string : MethodName<C['client']>;

/** The handler of a client method: what it gets is what the server sends. */
export type ClientHandler<C extends HubContract, M> =
  Untyped<C> extends true
    ? // Nobody described this hub.
      (...args: any[]) => void
    : M extends keyof C['client']
      ? (...args: Arguments<C['client'][M]>) => void
      : never;

/** The one handler whose result goes back to the server. */
export type ResultHandler<C extends HubContract, M> =
  Untyped<C> extends true
    ? // Nobody described this hub.
      (...args: any[]) => unknown
    : M extends keyof C['client']
      ? (...args: Arguments<C['client'][M]>) => Result<C['client'][M]> | Promise<Result<C['client'][M]>>
      : never;

/**
 * The items of a hub method that streams. Leaving the loop (`break`, an error) cancels the stream on the server. It ends
 * with `connection-lost` when its connection goes; it is never opened again by itself.
 */
export interface HubStream<T> extends AsyncIterable<T> {
  /** Stops the stream on the server; the loop over it ends. Idempotent. */
  cancel(): void;
}
