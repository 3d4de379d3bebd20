/** Which server the hub of an example runs on. */
export type ExampleServer = 'embedded' | 'aspnetcore';

export interface ExampleOptions {
  readonly server: ExampleServer;
  /** The pages here, servers on the next ones. @default free ports */
  readonly port?: number;
}

/** One that runs. */
export interface RunningExample {
  /** What to look at and who can log in: a label and what it is, a line each. */
  readonly announcement: readonly (readonly [label: string, text: string])[];
  close(): Promise<void>;
}

/** An app that shows what one kind of server wants. */
export interface Example {
  /** One sentence about it. */
  readonly title: string;
  /** What its hub can run on, the default first. */
  readonly servers: readonly [ExampleServer, ...ExampleServer[]];
  /** How many ports in a row it takes. */
  readonly ports: number;
  start(options: ExampleOptions): Promise<RunningExample>;
}
