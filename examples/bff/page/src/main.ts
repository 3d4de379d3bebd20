import { createHubClient } from '@org/hub-core';
import { createLiveQuery } from '@org/hub-core/live';
import { fetchConfig } from '../../../common/page/config.ts';
import { connectionLine, connectionProblem } from '../../../common/page/connection-line.ts';
import { healsItself, type Problem, problemOf } from '../../../common/page/problem.ts';
import type { BffConfig } from '../../bff.ts';
import type { Note, NotesHub } from '../../contract.ts';
import { createSession } from './session.ts';
import { element, setText, showNotes, showProblems, showSetUp } from './view.ts';

let problem: Problem | null = null;

open().catch((error: unknown) => showProblems([problemOf(error)], null));

async function open(): Promise<void> {
  const config = await fetchConfig<BffConfig>();
  const session = createSession(config.serverUrl);
  const hub = createHubClient<NotesHub>({ url: `${config.serverUrl}/hubs/notes`, auth: session.auth });
  const notes = createLiveQuery<NotesHub, readonly Note[]>(hub, {
    // Loaded by HTTP, kept up by the hub: both go by the same cookie.
    load: ({ signal }) => session.api<readonly Note[]>('/api/notes', { signal }),
    on: {
      NoteAdded: (known, note) => [...known, note],
      NoteRemoved: (known, id) => known.filter((note) => note.id !== id),
    },
    itemKey: ({ id }) => id,
  });

  function report(thrown: unknown): void {
    problem = healsItself(thrown) || isOut() ? null : problemOf(thrown);
    show();
  }

  /** Does it, and says what became of it. */
  function attempt(action: Promise<unknown>): void {
    problem = null;
    show();
    action.catch(report);
  }

  function isOut(): boolean {
    const { auth } = hub.getSnapshot();
    return auth === 'anonymous' || auth === 'signed-out';
  }

  function show(): void {
    const snapshot = hub.getSnapshot();
    element('account').hidden = snapshot.userId === null;
    element('user').textContent = session.name() ?? '';
    element('welcome').hidden = !isOut();
    element('board').hidden = snapshot.userId === null;
    showConnection();
    const problems = [connectionProblem(snapshot), problem].filter((one) => one !== null);
    showProblems(problems, problem && (() => attempt(Promise.resolve())));
  }

  function showConnection(): void {
    const snapshot = hub.getSnapshot();
    element('connection').dataset['status'] = snapshot.status;
    const { said, ticking } = connectionLine(snapshot, Date.now());
    setText('said', isOut() ? 'Not logged in.' : said);
    setText('ticking', isOut() ? '' : ticking);
  }

  /** The connection is closed in any case, and the page empty. But the cookie is good until the server hears of it. */
  async function logOut(): Promise<void> {
    await hub.logout();
    problem = session.logoutFailure();
    show();
  }

  function listenToThePage(): void {
    const text = element<HTMLInputElement>('text');
    element('log-in').addEventListener('click', session.logIn);
    element('log-out').addEventListener('click', () => attempt(logOut()));
    element('end').addEventListener('click', () => attempt(session.api('/bff/end-my-sessions', { method: 'POST' })));
    element('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      const body = JSON.stringify({ text: text.value });
      attempt(session.api('/api/notes', { method: 'POST', body }).then(() => (text.value = '')));
    });
  }

  showSetUp(config);
  listenToThePage();
  hub.events.on('sessionEnded', ({ reason }) => {
    // A logout needs no explanation.
    element('ended').textContent = reason === 'logout' ? '' : 'Your session has ended. Log in to go on.';
    show();
    // What had the focus is gone.
    element('log-in').focus();
  });
  hub.subscribe(show);
  notes.subscribe(() =>
    showNotes(notes.getSnapshot(), (id) => attempt(hub.with({ whenDisconnected: 'reject' }).invoke('Remove', id))),
  );
  show();
  setInterval(showConnection, 1000);
  // Why it failed is in the snapshot, and so on the page.
  hub.start().catch(() => {});
}
