import type { HubCall } from '../api/call.ts';
import type { AnyHubContract } from '../api/contract.ts';
import { parametersOf } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import type { HubAuthorization, TestHubOptions } from '../api/options.ts';

type Call = HubCall<AnyHubContract>;

export interface HubMethod {
  readonly streaming: boolean;
  run(call: Call, args: readonly unknown[]): unknown;
  isAuthorized(call: Call): Promise<boolean>;
  readonly parameters: Parameters;
}

/** Methods by name in any case, as ASP.NET Core finds them. Only own properties count: nobody invokes `constructor`. */
export function createMethodTable(options: TestHubOptions<AnyHubContract>): Map<string, HubMethod> {
  const table = new Map<string, HubMethod>();
  const add = (name: string, body: unknown, streaming: boolean): void => {
    if (typeof body !== 'function') return;
    const authorization = options.authorize?.[name];
    table.set(name.toLowerCase(), {
      streaming,
      run: (call, args) => body(call, ...args) as unknown,
      isAuthorized: async (call) => authorization === undefined || isAuthorized(authorization, call),
      // The first parameter is the call.
      parameters: parametersOf(options.parameters?.[name], Math.max(body.length - 1, 0)),
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
