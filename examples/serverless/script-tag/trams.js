// Trams without a bundler and without a hub server: the page calls functions, and hears the hub.
import { create, createButton, element, setText } from './elements.js';
import { createCall } from './functions.js';

const { createHubClient, createLiveQuery, HubError, oidc } = HubCore;

/** Of this page. Whatever stands here goes to the hub’s host as well, with negotiate and the like: no place for a secret. */
const headers = { 'x-app-version': '2' };

let auth;
let hub;
let call;
let problem = null;
/** Ends what is followed, by line. */
const followed = new Map();

open().catch(report);

async function open() {
  const config = await fetchConfig();
  // The client asks `/negotiate` there, which is a function: it says where the hub is, and gives a token for it.
  const url = `${config.functionsUrl}/api`;
  const page = location.origin + location.pathname;
  auth = oidc({
    authority: config.authority,
    client_id: config.clientId,
    redirect_uri: page,
    post_logout_redirect_uri: page,
    scope: 'openid profile offline_access',
  });
  call = createCall(url, auth, headers);
  hub = createHubClient({
    url,
    auth,
    signalr: { headers, withCredentials: false },
    // Nobody is there to run hub methods, so functions join and leave. The connection id is that of the hub.
    groups: {
      join: (line, { connectionId, signal }) => call('POST', `groups/${line}/${connectionId}`, { signal }),
      leave: (line, { connectionId, signal }) => call('DELETE', `groups/${line}/${connectionId}`, { signal }),
    },
    // Somebody is looking at it: rather ask too often than let them wait.
    reconnect: { maxDelay: 4_000 },
  });
  // A sign-in that failed leaves a visitor, who can try again.
  await auth.completeSignIn().catch(report);

  hub.on('ReportsCounted', (count) => setText('count', `Your reports: ${count}.`));
  hub.subscribe(onSnapshot);
  listenToThePage();
  onSnapshot();
  setInterval(showConnection, 1000);
  // Why it failed is in the snapshot, and so on the page.
  hub.start().catch(() => {});
}

async function fetchConfig() {
  const response = await fetch('/config.json').catch(() => null);
  if (response?.ok) return response.json();
  throw new HubError('configuration', 'The page could not find out where its functions are.', {
    remediation: 'Check that `npm start` runs and has printed its addresses, then reload the page.',
  });
}

// What the client says

function onSnapshot() {
  const { auth: signedIn, userId } = hub.getSnapshot();
  showConnection();
  showProblems();
  if (!changed('user', `${signedIn} ${userId}`)) return;
  // Another user: nothing of the one before may stay.
  for (const unfollow of followed.values()) unfollow();
  followed.clear();
  element('lines').replaceChildren();
  setText('count', '');
  const isMember = signedIn === 'authenticated';
  for (const part of document.querySelectorAll('[data-for]')) {
    part.hidden = signedIn === 'unknown' || (part.dataset.for === 'member') !== isMember;
  }
  if (isMember) showMember(userId).catch(report);
}

async function showMember(userId) {
  const user = await auth.manager.getUser();
  setText('user', user?.profile.name ?? userId);
  const lines = await call('GET', 'lines');
  if (hub.getSnapshot().userId === userId) element('lines').replaceChildren(...lines.map(createCard));
}

const last = new Map();

function changed(name, value) {
  if (last.get(name) === value) return false;
  last.set(name, value);
  return true;
}

// What the page shows

function showConnection() {
  const { status, error, retryAt, tokenExpiresAt } = hub.getSnapshot();
  const seconds = (until) => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  let said = { connected: 'Connected.', disconnecting: 'Disconnecting …', disconnected: 'Disconnected.' }[status];
  let ticking = '';
  if (status === 'connected' && tokenExpiresAt !== null) {
    ticking = `The app’s token renews within ${seconds(tokenExpiresAt)} s.`;
  } else if (status === 'connecting' || status === 'reconnecting') {
    said = status === 'connecting' ? 'Connecting' : 'Reconnecting';
    ticking = retryAt !== null && seconds(retryAt) > 0 ? `in ${seconds(retryAt)} s …` : '…';
  } else if (status === 'disconnected' && error) said = `Disconnected: ${error.message}`;
  element('connection').dataset.status = status;
  // Out of order for a moment, not disabled: a disabled button loses the keyboard’s focus.
  element('drop').setAttribute('aria-disabled', status !== 'connected');
  setText('said', said);
  setText('ticking', ticking);
}

function showProblems() {
  const { status, error, attempt: failed } = hub?.getSnapshot() ?? {};
  // A short interruption is not worth a box.
  const isShort = status === 'connected' || (status === 'reconnecting' && failed < 6);
  const problems = [isShort ? null : error, problem].filter(Boolean);
  const box = problems.map((one) => {
    const remediation = one.remediation ?? 'Check the network, then try again.';
    return create('p', {}, create('strong', {}, one.message), ` ${remediation}`);
  });
  if (problem) box.push(createButton('Dismiss', () => report(null)));
  // Only what is new may be put there: a screen reader says it each time.
  if (changed('problems', problems.map((one) => one.message).join())) element('problems').replaceChildren(...box);
}

function report(error) {
  problem = error;
  showProblems();
}

function createCard({ name, title }) {
  const card = element('line').content.firstElementChild.cloneNode(true);
  const [heading, button, form, label, field] = ['h2', 'button', 'form', 'label', 'input'].map((part) =>
    card.querySelector(part),
  );
  heading.textContent = title;
  heading.id = `title-${name}`;
  card.setAttribute('aria-labelledby', heading.id);
  card.querySelector('ul').setAttribute('aria-label', `Reports on ${title}`);
  label.textContent = 'What is going on?';
  label.htmlFor = field.id = `text-${name}`;
  button.id = `follow-${name}`;
  button.setAttribute('aria-labelledby', `${button.id} ${heading.id}`);
  button.addEventListener('click', () => {
    const unfollow = followed.get(name);
    button.setAttribute('aria-pressed', !unfollow);
    if (unfollow) {
      followed.delete(name);
      unfollow();
    } else followed.set(name, follow(name, card));
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === '') return;
    field.value = '';
    // It comes back as Reported, to this page as to all others. The text stays in the field when it could not be sent.
    call('POST', `lines/${name}/reports`, { body: { text } }).catch((error) => {
      field.value ||= text;
      report(error);
    });
  });
  return card;
}

/** In the group while it is followed; loaded by a function, kept up by the hub, loaded again where messages were missed. */
function follow(line, card) {
  const query = createLiveQuery(hub, {
    group: line,
    load: ({ signal }) => call('GET', `lines/${line}/reports`, { signal }),
    on: { Reported: (reports, report) => (report.line === line ? [...reports, report] : reports) },
    itemKey: ({ id }) => id,
  });
  const show = () => showReports(card, query.getSnapshot());
  const stop = query.subscribe(show);
  show();
  return () => {
    stop();
    query.dispose();
    showReports(card, { data: undefined, error: null });
  };
}

function showReports(card, { data, error }) {
  const notice = card.querySelector('.notice');
  notice.hidden = !error;
  const said = !error
    ? ''
    : error.code === 'group-forbidden'
      ? whyRefused(error)
      : `${error.message} It is tried again.`;
  if (notice.textContent !== said) notice.textContent = said;
  card.querySelector('.followed').hidden = !data || error?.code === 'group-forbidden';
  const list = card.querySelector('ul');
  // The same reports stay where they are: a screen reader would say them again.
  const shown = new Map([...list.children].map((item) => [item.dataset.report, item]));
  list.replaceChildren(...(data ?? []).map((one) => shown.get(String(one.id)) ?? createReport(one)));
  card.querySelector('.followed .hint').hidden = !data || data.length > 0;
}

/** What the function said is the cause. */
function whyRefused({ cause }) {
  return `${cause.message} Log in as somebody who may, or follow it again when you may.`;
}

function createReport({ id, by, text, at }) {
  const time = new Date(at);
  const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return create(
    'li',
    { 'data-report': id },
    create('strong', {}, by),
    create('time', { datetime: time.toISOString() }, clock),
    create('p', {}, text),
  );
}

// The page’s elements

function listenToThePage() {
  // What ticks is kept apart: a screen reader must not say it each second.
  element('connection').append(create('span', { id: 'said' }), ' ', create('span', { id: 'ticking', role: 'timer' }));
  onPress('log-in', () => auth.signIn());
  onPress('log-out', () => hub.logout());
  onPress('drop', async () => {
    const { status, connectionId } = hub.getSnapshot();
    if (status === 'connected') await call('POST', `drop/${connectionId}`);
  });
}

function onPress(id, action) {
  element(id).addEventListener('click', () => {
    report(null);
    action().catch(report);
  });
}
