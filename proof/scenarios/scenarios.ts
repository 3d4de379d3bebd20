/** Where a scenario has to hold. */
export type Server = 'test hub' | 'ASP.NET Core' | 'Chromium';

export interface Scenario {
  readonly title: string;
  readonly on: readonly Server[];
}

const hub = ['test hub'] as const;
const both = ['test hub', 'ASP.NET Core'] as const;
const browser = ['Chromium'] as const;
const everywhere = ['test hub', 'ASP.NET Core', 'Chromium'] as const;

/** The acceptance scenarios by their number; the names of their tests begin with it. */
export const scenarios: Readonly<Record<number, Scenario>> = {
  1: { title: 'Expiry, plain server', on: everywhere },
  2: { title: 'Expiry, renewal in place', on: everywhere },
  3: { title: 'Each rung under load', on: both },
  4: { title: 'Single flight', on: hub },
  5: { title: 'invalid_grant ends the session once', on: hub },
  6: { title: 'Token end point down', on: hub },
  7: { title: 'Token end point slow', on: hub },
  8: { title: 'Two tabs, one rotating refresh token', on: browser },
  9: { title: 'The owner of the lock dies', on: browser },
  10: { title: '401 and 403 with a locally valid token', on: both },
  11: { title: 'Server-sent events and long polling', on: both },
  12: { title: 'Restart with 100 groups', on: both },
  13: { title: 'One group refused', on: both },
  14: { title: 'Left while joining', on: hub },
  15: { title: 'Calls in flight', on: both },
  16: { title: 'Logout from anywhere', on: everywhere },
  17: { title: 'Logout in another tab', on: browser },
  18: { title: 'Another user', on: both },
  19: { title: 'Sleep for an hour', on: ['test hub', 'Chromium'] },
  20: { title: 'Wrong clocks', on: hub },
  21: { title: 'Redirect', on: hub },
  22: { title: 'No leaks', on: hub },
  23: { title: 'Unmount during start, StrictMode', on: browser },
  24: { title: 'Burst', on: browser },
  25: { title: 'Cookies, BFF, identity API', on: ['ASP.NET Core'] },
  26: { title: 'Live query across gaps', on: both },
  27: { title: 'Script tag', on: browser },
  28: { title: 'Anything in any order', on: both },
  29: { title: 'Two stopped clients', on: hub },
  30: { title: 'prepare', on: hub },
};
