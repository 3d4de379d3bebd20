/// <reference types="node" />
import { startAspNetCoreLab } from './aspnetcore-lab.ts';
import type { LabCommand } from './commands.ts';
import { createJournal } from './journal.ts';
import type { Lab, LabKind, LabOptions } from './lab.ts';
import { startNodeLab } from './node-lab.ts';
import { createTokenIssuer } from './tokens.ts';

/** The server of this test run, from `TEST_SERVER`. @default 'node' */
export function labKind(): LabKind {
  const kind = process.env.TEST_SERVER ?? 'node';
  if (kind !== 'node' && kind !== 'aspnetcore')
    throw new Error(`TEST_SERVER is '${kind}'; it may be 'node' or 'aspnetcore'.`);
  return kind;
}

export async function startLab(kind: LabKind = labKind(), options: LabOptions = {}): Promise<Lab> {
  const journal = createJournal();
  const tokens = createTokenIssuer(options.clock);
  const start = kind === 'node' ? startNodeLab : startAspNetCoreLab;
  const server = await start(tokens.key, options, journal);
  const obey = async (command: LabCommand): Promise<void> => {
    await server.obey(command);
  };

  async function seen<T>(read: (facts: ReturnType<typeof journal.facts>) => T): Promise<T> {
    await server.sync();
    return structuredClone(read(journal.facts()));
  }

  return {
    kind,
    url: server.url,

    issue: (request) => tokens.issue(request),
    setRoles: (sub, roles) => tokens.setRoles(sub, roles),
    revoke: (sub) => obey({ name: 'revoke', tokens: tokens.issuedTo(sub) }),
    forbid: (user) => obey({ name: 'forbid', user }),
    allow: (user) => obey({ name: 'allow', user }),
    revokeRole: (user, role) => obey({ name: 'revokeRole', user, role }),

    drop: () => obey({ name: 'drop' }),
    closeAll: (close) => obey({ name: 'closeAll', ...close }),
    restart: ({ downFor = 0 } = {}) => server.restart(downFor),
    failConnections: (times) => obey({ name: 'failConnections', times }),
    reject: (status, { on = 'negotiate', times = 1, headers } = {}) =>
      obey({
        name: 'reject',
        rejection: { status, on, times, headers: headers ?? (status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}) },
      }),
    redirect: (target) => obey({ name: 'redirect', target }),
    refuseGroup: (group) => obey({ name: 'refuseGroup', group }),
    admitGroup: (group) => obey({ name: 'admitGroup', group }),
    failGroup: (group, times) => obey({ name: 'failGroup', group, times }),
    setJoinDelay: (delay) => obey({ name: 'joinDelay', delay }),
    setDisconnectDelay: (delay) => obey({ name: 'disconnectDelay', delay }),

    broadcast: (method, ...args) => obey({ name: 'broadcast', method, args }),
    toGroup: (group, method, ...args) => obey({ name: 'toGroup', group, method, args }),
    toUser: (user, method, ...args) => obey({ name: 'toUser', user, method, args }),
    ask: (connectionId, method, ...args) => server.obey({ name: 'ask', connectionId, method, args }),
    startNumbers: ({ every }) => obey({ name: 'startNumbers', every }),
    stopNumbers: async () => (await server.obey({ name: 'stopNumbers' })) as number,

    connections: () => seen((facts) => [...facts.connections]),
    joins: () => seen((facts) => facts.joins),
    calls: () => seen((facts) => [...facts.calls]),
    runs: () => seen((facts) => [...facts.runs]),
    negotiations: () => seen((facts) => [...facts.negotiations]),
    requests: () => seen((facts) => [...facts.requests]),
    disconnects: () => seen((facts) => [...facts.disconnects]),
    async forget() {
      await server.sync();
      journal.forget();
    },
    waitFor: (what, read, { timeout = 10_000 } = {}) =>
      journal.waitFor(read, timeout, () => {
        const facts = JSON.stringify(journal.facts(), lastOfEach, 1);
        return `Not within ${timeout} ms: ${what}. The ${kind} lab has seen (the last of each):\n${facts}\nIts log ends with:\n${server.log()}`;
      }),

    log: () => server.log(),
    close: () => server.close(),
  };
}

function lastOfEach(_: string, value: unknown): unknown {
  return Array.isArray(value) && value.length > 5 ? [`${value.length - 5} earlier`, ...value.slice(-5)] : value;
}
