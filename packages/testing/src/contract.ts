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

export type ArgumentsOf<M extends object, K extends keyof M> =
  NonNullable<M[K]> extends (...args: infer A) => unknown ? A : never;

export type ResultOf<M extends object, K extends keyof M> =
  NonNullable<M[K]> extends (...args: never[]) => infer R ? Awaited<R> : never;
