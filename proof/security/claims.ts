/**
 * What an attacker can do and what they cannot, as data: SECURITY.md prints it, `main.ts` runs the tests, and a test of every
 * day sees that they are there. A claim more: a sentence in the words of an app, and the tests that would fail without it.
 */

/** A file of the repository and the name of a test in it, as it stands there: `%s` and all. */
export type Cited = readonly [file: string, name: string];

export interface SecurityClaim {
  readonly cannot: string;
  readonly tests: readonly Cited[];
}

interface Attacker {
  readonly who: string;
  /** What nobody keeps them from. */
  readonly can: string;
  readonly claims: readonly SecurityClaim[];
}

const core = (file: string): string => `packages/core/test/${file}.test.ts`;
const scenario = (file: string): string => `e2e/scenarios/${file}.test.ts`;
const page = (file: string): string => `e2e/chromium/${file}.test.ts`;
const here = (file: string): string => `proof/security/${file}.test.ts`;

export const attackers: readonly Attacker[] = [
  {
    who: 'the hub',
    can: 'Use the tokens that it is given; tell the app anything; refuse, stay silent, close. Messages come as fast as it sends them.',
    claims: [
      {
        cannot:
          'A hub that calls `constructor`, `__proto__`, `then`, `dispose` and the like reaches no function but a handler of that name.',
        tests: [
          [core('attack-hub'), 'a hub that calls %s calls nothing but a handler of that name'],
          [
            scenario('15-client-results'),
            '15. a server that asks where nobody answers is told at once, and so is one whose question fails',
          ],
        ],
      },
      {
        cannot:
          'A hub that never answers does not hold up stop() for long, and a try to connect ends by its time-out; start() goes on trying until stop().',
        tests: [
          [core('start-stop'), 'stops in the middle of a negotiate that hangs'],
          [
            core('found-by-the-model'),
            'an event stream that is not open yet is closed with its connection, though the server says nothing',
          ],
          [core('verdicts'), 'an open time-out ends an SSE connection that never opens'],
        ],
      },
      {
        cannot:
          'A hub does not make its clients hammer the token end point: not by a lifetime of a moment, of nothing or of nonsense, nor by a second close in a row.',
        tests: [
          [
            core('attack-hub'),
            'a hub that says of each token that it lives for a moment makes nobody hammer the token end point',
          ],
          [core('rotation-tokens'), '%j is no reason to renew without a pause'],
          [core('verdicts'), 'a second such close does not retry at once again'],
        ],
      },
      {
        cannot: 'A hub that quotes a JWT, or a token after its name, does not have the SDK print, report or throw it.',
        tests: [
          [
            scenario('22-no-leaks-in-rotations'),
            '22. no part of any token is told through rotations by %s, at the log level %s',
          ],
          [core('log'), 'takes the credential out of “%s”'],
        ],
      },
      {
        cannot: 'What a hub says is text to the pages of the examples: none of them makes HTML of it.',
        tests: [[here('examples'), 'no page of the examples makes HTML, code or an address of what it is told']],
      },
    ],
  },
  {
    who: 'the host that negotiate redirects to',
    can: 'Be the hub of this connection: it has its own token, hears what the app sends, and gets `signalr.headers`.',
    claims: [
      {
        cannot:
          'The host of a redirect to another origin does not get the token of the app, nor the app’s own host that of the redirect.',
        tests: [
          [
            scenario('21-redirect'),
            '21. a redirect over %s: neither host sees the token of the other, and after a drop it starts at the app again',
          ],
          [
            page('example-serverless'),
            'serverless: no host sees the token of the other; after a drop the function is asked again, with the token that is good then',
          ],
          [
            core('attack-redirect'),
            'without a token for it: the app’s token stays at home, and the client says why it stops',
          ],
        ],
      },
      {
        cannot: 'It does not get the anti-forgery token of a cookie session.',
        tests: [[core('attack-redirect'), 'with one, over %s: the anti-forgery token of the app does not go there']],
      },
      {
        cannot: 'In Chromium, an HTTP redirect (307) of negotiate takes no token to another origin.',
        tests: [[page('testing-other-origin'), 'an HTTP redirect of negotiate to another origin takes no token there']],
      },
      {
        cannot: 'A redirect that leads back to itself ends.',
        tests: [[core('attack-hub'), 'a redirect that leads back to itself ends: there is no hub']],
      },
    ],
  },
  {
    who: 'a query string: somebody sends the user a link',
    can: 'Open any page of the app, with any query.',
    claims: [
      {
        cannot:
          'A link with a code, a state or an error of somebody else signs nobody in or out, has none of its words in the message of the error, and is cleaned.',
        tests: [
          [core('attack-query'), 'a link with %s signs nobody in or out, asks the provider nothing, and is cleaned'],
        ],
      },
      {
        cannot: 'An access token in the address of the page is not read.',
        tests: [
          [
            core('attack-query'),
            'an access token in the page’s address is nobody’s: it is not read, and leads to no sign-in',
          ],
        ],
      },
      {
        cannot: 'The log-in of the BFF example sends nobody to a page that it does not know.',
        tests: [[page('example-bff'), 'say that a password is wrong, and send nobody to a page that they do not know']],
      },
      {
        cannot: 'What is in the query of the hub’s address is in no log line and no error.',
        tests: [
          [
            core('attack-log'),
            'what the app puts into the query of the hub’s address is in no log line and no error, whatever it is called',
          ],
        ],
      },
    ],
  },
  {
    who: 'a page of another origin, in another tab or round the app',
    can: 'Send requests with the user’s cookies, where their SameSite allows it; frame the app, where the app allows it.',
    claims: [
      {
        cannot: 'It stops, reads and holds up no tab of the app: channels, storage and locks belong to an origin.',
        tests: [
          [
            page('testing-other-origin'),
            'a page of another origin neither stops, reads nor holds up the tabs of the app; one of its own can',
          ],
        ],
      },
      {
        cannot:
          'With cookies, a hub as we show it is closed to it: foreign origins and requests without the anti-forgery token are refused.',
        tests: [
          ['e2e/identity/cookies.test.ts', '25. a foreign Origin is refused'],
          [page('example-bff'), 'are closed to the page of another origin, though the browser sends it the cookie'],
          [
            page('example-bff'),
            'send the anti-forgery token with negotiate and with what changes something, and are refused without it',
          ],
        ],
      },
    ],
  },
  {
    who: 'another tab of the same origin, or what speaks like one',
    can: 'Everything that the app can. With a message on the channel alone: log the tabs out.',
    claims: [
      {
        cannot: 'A forged message logs a tab out, and does no more.',
        tests: [
          [
            core('attack-tabs'),
            'a forged message of another tab can log this one out, and no more: nothing is signed out, asked for or told',
          ],
        ],
      },
      {
        cannot: 'What tabs say on the channel from start() to logout() is who logs out, and no token.',
        tests: [[core('attack-tabs'), 'tabs tell each other who logs out, and never a token']],
      },
      {
        cannot:
          'A tab that keeps the lock of the renewal and does not answer holds the others up for some seconds, not for ever.',
        tests: [
          [
            page('09-lock-owner'),
            '9. a tab that stands still while it refreshes loses its turn to one of the others, and only to one',
          ],
        ],
      },
    ],
  },
  {
    who: 'who can edit what is stored (an extension, a shared computer)',
    can: 'Read and replace the tokens that the app keeps in a storage.',
    claims: [
      {
        cannot: 'Another name in the store is another name in the page: to the hub the user is whom the token names.',
        tests: [
          [
            core('attack-storage'),
            'can call the user another name in the page, and is to the hub whom the token names',
          ],
        ],
      },
      {
        cannot: 'A made-up grant connects nobody, and pollutes no prototype; what is no grant signs nobody in.',
        tests: [
          [core('attack-storage'), 'cannot connect with %s, and pollutes nothing'],
          [core('attack-storage'), 'signs nobody in with %j'],
        ],
      },
    ],
  },
  {
    who: 'the network, proxies, the logs of servers',
    can: 'Without TLS, everything. With it, whoever reads the server’s log reads the query of the socket: `access_token`.',
    claims: [
      {
        cannot:
          'Over WebSockets, Chromium has the token in the address of the socket alone: not in that of negotiate, nor of a renewal.',
        tests: [
          [
            page('testing-other-origin'),
            'the token is in the query of the socket, where browsers have no other place for it, and in no other address',
          ],
        ],
      },
    ],
  },
  {
    who: 'what else runs in the page: console loggers, error reporters',
    can: 'A script of the page can read what the app can: its storage, its memory.',
    claims: [
      {
        cannot:
          'Whoever serialises all errors, causes, events, snapshots and log lines finds no 16 characters of a token in a row.',
        tests: [
          [scenario('22-no-leaks'), '22. no part of any token is told to anybody, and nothing is left after dispose()'],
          [
            page('22-no-leaks'),
            '22. No leaks: no part of a token in the console, DOM or storage of the %s page, from login to logout',
          ],
          [core('sources-sign-in'), 'has no password and no token in its errors'],
          [core('log'), 'takes the credential out of what a source, a listener or a handler throws'],
        ],
      },
    ],
  },
  {
    who: 'the network of a developer',
    can: 'Nothing of ours listens to it.',
    claims: [
      {
        cannot:
          'The servers of the examples listen on this machine alone; so do the test hub and the test provider, unless they are told of another host.',
        tests: [
          [here('examples'), '%s is not to be reached from another address'],
          [here('examples'), 'whatever else listens names the loopback address'],
        ],
      },
      {
        cannot:
          'The cookies of the BFF example are out of reach of scripts; the test hub lets no origin read its answers that it was not told of.',
        tests: [
          [
            page('example-bff'),
            'logs in at the server, and reads and writes with the cookie and the anti-forgery token',
          ],
          [
            'packages/testing/test/attach.test.ts',
            'answers named origins with credentials, and exposes why a request was refused',
          ],
        ],
      },
    ],
  },
];
