/**
 * What a hub offers, as plain interfaces (TypedSignalR output fits): `server` holds the methods that clients call, `client` those that the hub calls on
 * clients, `streams` the hub methods that stream (the return type is the item).
 */
export interface HubContract {
  server: object;
  client: object;
  streams?: object;
}

/** The contract of a hub that was created without one: any name, any arguments. */
export interface AnyHubContract {
  server: Record<string, (...args: any[]) => any>;
  client: Record<string, (...args: any[]) => any>;
  streams: Record<string, (...args: any[]) => any>;
}

type AnyStream<T> =
  | AsyncIterable<T>
  | { subscribe(observer: { next(item: T): void; error(error: unknown): void; complete(): void }): unknown };
/** `any` and `never` say nothing. */
type Streams<F> = F extends (...args: never[]) => infer R ? (IsAny<R> extends true ? false : IsStream<R>) : false;
type IsStream<R> = [R] extends [never] ? false : [R] extends [AnyStream<unknown>] ? true : false;

/** What answers once. */
export type ServerOf<C extends HubContract> = {
  [M in keyof C['server'] as Streams<C['server'][M]> extends true ? never : M]: C['server'][M];
};
export type ClientOf<C extends HubContract> = C['client'];
/** What streams: methods of `server`, too, that return a stream, as generators write it. */
export type StreamsOf<C extends HubContract> = {
  [M in keyof C['server'] as Streams<C['server'][M]> extends true ? M : never]: C['server'][M];
} & (C extends { streams: infer S extends object } ? S : Record<never, never>);

/** The names of the methods of an interface. */
export type MethodName<M extends object> = {
  [K in keyof M]-?: NonNullable<M[K]> extends (...args: never[]) => unknown ? K : never;
}[keyof M] &
  string;

type IsAny<T> = 0 extends 1 & T ? true : false;

export type ArgumentsOf<M extends object, K extends keyof M> =
  IsAny<M[K]> extends true ? any[] : NonNullable<M[K]> extends (...args: infer A) => unknown ? A : never;

export type ResultOf<M extends object, K extends keyof M> =
  IsAny<M[K]> extends true ? any : NonNullable<M[K]> extends (...args: never[]) => infer R ? Awaited<R> : never;

/** What a hub method that streams gives, item by item. */
export type ItemOf<M extends object, K extends keyof M> =
  ResultOf<M, K> extends infer R ? (R extends AnyStream<infer T> ? T : R) : never;
