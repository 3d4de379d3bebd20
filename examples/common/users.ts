/** The people of the demo. `id` is the `sub` of their tokens. */
export interface DemoUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  readonly roles: readonly string[];
}

export const demoUsers: readonly DemoUser[] = [
  { id: 'alice', name: 'Alice', password: 'wonderland', roles: ['staff'] },
  { id: 'bob', name: 'Bob', password: 'builder', roles: [] },
];

/** The hub is the API that the access tokens are for. */
export const chatAudience = 'urn:chat-api';

/** The three pages are one public client: they are the same app, three times. */
export const chatClientId = 'chat';

/** For people to read: who can log in, and how. */
export function logInAs(users: readonly DemoUser[] = demoUsers): string {
  return users
    .map(({ id, password, roles }) => `${id} / ${password}${roles.length ? ` (${roles.join(', ')})` : ''}`)
    .join(' or ');
}
