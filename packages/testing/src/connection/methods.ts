import type { HubCall } from '../api/call.ts';
import type { AnyHubContract } from '../api/contract.ts';
import { invalidData } from '../wire/exceptions.ts';
import type { HubAuthorization, TestHubOptions } from '../api/options.ts';

type Call = HubCall<AnyHubContract>;

export interface HubMethod {
  readonly streaming: boolean;
  run(call: Call, args: readonly unknown[]): unknown;
  isAuthorized(call: Call): Promise<boolean>;
  /** Throws as ASP.NET Core's argument binder does. */
  checkArguments(count: number): void;
}

/** Methods by name in any case, as ASP.NET Core finds them. Only own properties count: nobody invokes `constructor`. */
export function createMethodTable(options: TestHubOptions<AnyHubContract>): Map<string, HubMethod> {
  const table = new Map<string, HubMethod>();
  const add = (name: string, body: unknown, streaming: boolean): void => {
    if (typeof body !== 'function') return;
    const authorization = options.authorize?.[name];
    const exact = options.parameters?.[name];
    // The first parameter is the call. Rest and default parameters do not count in `length`, hence "at least".
    const least = exact ?? Math.max(body.length - 1, 0);
    table.set(name.toLowerCase(), {
      streaming,
      run: (call, args) => body(call, ...args) as unknown,
      isAuthorized: async (call) => authorization === undefined || isAuthorized(authorization, call),
      checkArguments(count) {
        if (count >= least && count <= (exact ?? Infinity)) return;
        throw invalidData(`Invocation provides ${count} argument(s) but target expects ${least}.`);
      },
    });
  };
  for (const [name, body] of Object.entries(options.methods ?? {})) add(name, body, false);
  for (const [name, body] of Object.entries(options.streams ?? {})) add(name, body, true);
  return table;
}

async function isAuthorized(authorization: HubAuthorization<AnyHubContract>, call: Call): Promise<boolean> {
  if (typeof authorization === 'function') return authorization(call);
  if (call.user === null) return false;
  return authorization === true || authorization.roles.some((role) => call.user?.roles?.includes(role));
}
