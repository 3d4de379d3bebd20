import { HubError } from '@org/hub-vue';
import { type IdentityApiSource, identityApi, passwordGrant, type PasswordGrantSource } from '@org/hub-vue/identity';

export type Auth = PasswordGrantSource | IdentityApiSource;

export interface WayIn {
  readonly name: string;
  /** The end point that the password goes to, for people to read. */
  readonly endPoint: string;
  readonly open: (apiUrl: string) => Auth;
}

/** One line each: the rest of the page does not know the difference. */
export const waysIn = {
  token: {
    name: 'OAuth 2 password grant',
    endPoint: 'POST /Token',
    // Tabs share the sign-in, and with it refresh tokens that work once: only one of them renews.
    open: (apiUrl) => passwordGrant({ tokenUrl: `${apiUrl}/Token`, store: 'local' }),
  },
  identity: {
    name: 'ASP.NET Core Identity',
    endPoint: 'POST /identity/login',
    open: (apiUrl) => identityApi({ baseUrl: `${apiUrl}/identity`, store: 'local' }),
  },
} as const satisfies Record<string, WayIn>;

export type WayInName = keyof typeof waysIn;

/** `?with=identity` in the address chooses; an app has one way in, and no such function. */
export function chosenWayIn(): WayInName {
  return new URLSearchParams(location.search).get('with') === 'identity' ? 'identity' : 'token';
}

/** `/Token` says it in a sentence, which is shown as it is. `MapIdentityApi` says it in a word. */
const sentences: Readonly<Record<string, string>> = {
  Failed: 'The e-mail address or the password is wrong.',
  LockedOut: 'There were too many wrong passwords. Try again later.',
  NotAllowed: 'Confirm your e-mail address first.',
};

export function whyNotSignedIn(thrown: unknown): string {
  if (!(thrown instanceof HubError)) return String(thrown instanceof Error ? thrown.message : thrown);
  return sentences[thrown.message] ?? `${thrown.message} ${thrown.code === 'unauthorized' ? '' : thrown.remediation}`;
}
