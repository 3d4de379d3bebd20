import type { World } from './door.ts';
import { drawPicture, type Panel } from './picture.ts';
import {
  capacityFor,
  downTimes,
  type ExpiryResult,
  type Herd,
  loginTimes,
  type RestartResult,
  type Tenth,
} from './results.ts';
import { count, expiryHead, expiryRow, restartHead, restartRow, worldNames } from './words.ts';

/** docs/herd.md, before prettier. */
export function document(
  { clients, seed }: Herd,
  panels: readonly Panel[],
  restarts: readonly RestartResult[],
  expiries: readonly ExpiryResult[],
  tenth: Tenth,
  validation: readonly string[],
): string {
  const capacity = capacityFor(clients);
  const worlds = (of: readonly { world: World }[]): World[] => [...new Set(of.map(({ world }) => world))];
  return `# The herd

<!-- Written by \`npm run proof -- --only=herd --clients=${clients} --seed=${seed}\`; not by hand. -->

What ${count(clients)} clients do to a server when its hub restarts, and when their tokens expire together. Simulated in virtual time,
with seed ${seed}: the hub answers at once or not at all, so what is seen is the policy of the clients and nothing else.

${drawPicture(panels)}

SignalR has no policy for tokens: in the lower two the app asks for one when the old one has expired. The tables below have others.

hub-sdk is the client as it is, on links that are simulated; of the others the decisions are: the policy of
\`withAutomaticReconnect()\` and the timer of oidc-client-ts as they are published. That they do what clients with real links do is
tried each time:

${validation.map((line) => `- ${line}`).join('\n')}

*Worst second* and *worst 0.1 s* are the most requests that come within such a time, wherever it begins; *× mean* is the worst second beside
the average of its minute: 1 is even, 60 is all at once.

## The hub restarts

All sockets die at once, then nothing listens for a while; with 0 s another instance takes over. Requests count, and times run, from
the moment the hub is back. SignalR's default tries after 0, 2, 10 and 30 s, and then never again.

${worlds(restarts)
  .map(
    (world) => `### ${worldNames[world](capacity)}

${restartHead}
${downTimes.flatMap((downFor) => restarts.filter((each) => each.world === world && each.downFor === downFor).map(restartRow)).join('\n')}
`,
  )
  .join('\n')}
A client that has seen nothing that shows a status for 30 s asks once for a fresh token: so a hub that is away for longer is felt by
the token end point, too.

With very many clients behind one hub, \`reconnect: { baseDelay: 5_000 }\` spreads the first try over five seconds.

## The tokens expire

Tokens live for five minutes; for an hour the picture is the same, as both are renewed a minute ahead, less a random tenth. The hub
closes expired connections once a second, as ASP.NET Core does with \`CloseOnAuthenticationExpiration\`. Limits apply to both servers.

Until \`auto\` has seen a hub close at expiry, it does not know that this one does: at the first expiry everybody reconnects in the same
moment, with a token that is there already. \`rotation: 'overlap'\` spreads the first expiry as all later ones.

${worlds(expiries)
  .map((world) =>
    loginTimes
      .map((within) => {
        const rows = expiries.filter((each) => each.world === world && each.within === within);
        return `### ${worldNames[world](capacity)}; all logged in within ${within === 1000 ? 'the same second' : 'the same minute'}

${expiryHead}
${rows.map(expiryRow).join('\n')}
`;
      })
      .join('\n'),
  )
  .join('\n')}
## A tenth of the clients

The shares hardly depend on how many there are. ${count(tenth.clients)} clients, and servers that can take all:

${restartHead}
${tenth.restarts.map(restartRow).join('\n')}

${worldNames.refuses(capacityFor(tenth.clients))}; all logged in within the same second:

${expiryHead}
${tenth.expiries.map(expiryRow).join('\n')}
`;
}
