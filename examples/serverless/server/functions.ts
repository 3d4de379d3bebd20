import { type Line, lines, type Report } from '../contract.ts';
import type { AppUser, ReadUser } from './app-users.ts';
import { FunctionError, type FunctionRequest, type HttpFunction } from './function-host.ts';
import type { HubService } from './hub-service.ts';
import type { HubTokens } from './hub-tokens.ts';

/** Pages and functions are deployed apart; older pages than this one would not understand what they are sent. */
const oldestVersion = 2;

/** All that runs on the app’s side. A hub server would have this in hub methods. */
export function createFunctions(
  readUser: ReadUser,
  tokens: HubTokens,
  { hub, clientUrl }: HubService,
): Readonly<Record<string, HttpFunction>> {
  // The app’s database.
  const reports: Report[] = [];

  /** Each function is asked by anybody, so each looks who it is. */
  function forUsers(run: (user: AppUser, request: FunctionRequest) => Promise<object | void>): HttpFunction {
    return async (request) => {
      const user = await readUser(request.headers.authorization);
      if (!(Number(request.headers['x-app-version']) >= oldestVersion)) {
        throw new FunctionError(400, 'This page is out of date. Load it again.');
      }
      return run(user, request);
    };
  }

  /** A connection id is no secret, so it proves nothing: only their own connection may be put into a group. */
  function ownConnection(user: AppUser, { params }: FunctionRequest): string {
    const own = hub.connections().find(({ id, userId }) => id === params['connectionId'] && userId === user.userId);
    if (!own) throw new FunctionError(404, 'There is no such connection of yours.');
    return own.id;
  }

  return {
    // What Azure’s `signalRConnectionInfo` binding returns. The page goes on to `url`, with this token in place of its own.
    'POST /api/negotiate': forUsers(async (user) => ({
      url: clientUrl,
      accessToken: await tokens.issue(user, clientUrl),
    })),

    'POST /api/groups/:line/:connectionId': forUsers(async (user, request) => {
      await hub.groups.add(lineFor(user, request).name, ownConnection(user, request));
    }),
    'DELETE /api/groups/:line/:connectionId': forUsers(async (user, request) => {
      await hub.groups.remove(lineFor(user, request).name, ownConnection(user, request));
    }),

    'GET /api/lines': forUsers(async () => lines),
    'GET /api/lines/:line/reports': forUsers(async (user, request) => {
      const { name } = lineFor(user, request);
      return reports.filter(({ line }) => line === name);
    }),
    'POST /api/lines/:line/reports': forUsers(async (user, request) => {
      const { name: line } = lineFor(user, request);
      const report = { id: reports.length + 1, line, by: user.name, text: textOf(request.body), at: Date.now() };
      // Stored first, sent then: whoever loads after the message finds it.
      reports.push(report);
      await hub.clients.group(line).send('Reported', report);
      // The user id is that of the hub’s token: all connections of this user, on all their devices.
      const count = reports.filter(({ by }) => by === user.name).length;
      await hub.clients.user(user.userId).send('ReportsCounted', count);
    }),

    // For the button on the page; a service does this when it moves a connection to another machine.
    'POST /api/drop/:connectionId': forUsers(async (user, request) => {
      const id = ownConnection(user, request);
      hub.drop({ filter: (client) => client.id === id });
    }),
  };
}

function lineFor(user: AppUser, { params }: FunctionRequest): Line {
  const line = lines.find(({ name }) => name === params['line']);
  if (!line) throw new FunctionError(404, 'There is no such line.');
  if (line.role === null || user.roles.includes(line.role)) return line;
  throw new FunctionError(403, `'${line.title}' is for members of the role '${line.role}'.`);
}

function textOf(body: unknown): string {
  const { text = '' } = (body ?? {}) as { text?: unknown };
  const trimmed = typeof text === 'string' ? text.trim() : '';
  if (trimmed === '' || trimmed.length > 200) throw new FunctionError(400, 'A report is 1 to 200 characters long.');
  return trimmed;
}
