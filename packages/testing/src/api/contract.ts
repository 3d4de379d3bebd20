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

export type ServerOf<C extends HubContract> = C['server'];
export type ClientOf<C extends HubContract> = C['client'];
export type StreamsOf<C extends HubContract> = C extends { streams: infer S extends object } ? S : Record<never, never>;

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
