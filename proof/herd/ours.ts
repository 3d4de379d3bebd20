import { createHubClient } from '../../packages/core/src/hub-client.ts';
import type { HubOptions } from '../../packages/core/src/vocabulary/options.ts';
import { down, type Fate, up } from './fate.ts';
import type { Hub, TokenEndPoint } from './servers.ts';
import { leadTo } from './simulated-link.ts';

/** The client itself; only its links are simulated. */
export function runOurs(
  hub: Hub,
  tokens: TokenEndPoint,
  fate: Fate,
  options: Pick<HubOptions, 'rotation' | 'reconnect'>,
): void {
  leadTo(hub);
  const client = createHubClient({
    ...options,
    // Each link asks for it.
    url: () => {
      fate.tries += 1;
      return 'https://hub.example';
    },
    auth: { getToken: () => tokens.issue() },
    logger: 'none',
    events: {
      statusChanged({ from, to }) {
        if (to === 'connected') up(fate);
        else if (from === 'connected') down(fate);
      },
    },
  });
  // It rejects where the client stops for good: then it never comes back.
  client.start().catch(() => {});
}
