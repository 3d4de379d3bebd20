// The chat without a bundler: `hub.global.min.js` gives one global, HubCore. What the page knows is kept in a few
// variables; each `show…` function puts one of them on the page.
const { createHubClient, HubError, oidc } = HubCore;

let hub;
let auth;
let userName = null;
let problem = null;
let rooms = [];
let selected = 'lobby';
let group = null;
let messages = new Map();
let online = [];
let receiver = null;
let directMessages = new Map();

open().catch(report);

async function open() {
  const config = await fetchConfig();
  const page = location.origin + location.pathname;
  auth = oidc({
    authority: config.authority,
    client_id: config.clientId,
    redirect_uri: page,
    post_logout_redirect_uri: page,
    scope: 'openid profile offline_access',
  });
  hub = createHubClient({
    url: config.hubUrl,
    auth,
    anonymous: 'connect',
    groups: { join: 'JoinRoom', leave: 'LeaveRoom' },
    // Somebody is looking at it: rather ask too often than let them wait.
    reconnect: { maxDelay: 4_000 },
  });
  // A sign-in that failed leaves a visitor, who can use the page and try again.
  await auth.completeSignIn().catch(report);

  hub.on('MessageReceived', (message) => addMessages(message.room, [message]));
  hub.on('DirectMessageReceived', addDirectMessage);
  hub.on('OnlineChanged', showOnline);
  hub.subscribe(onSnapshot);
  listenToThePage();
  selectRoom(selected);
  setInterval(showConnection, 1000);
  // Why it failed is in the snapshot, and so on the page.
  hub.start().catch(() => {});
}

async function fetchConfig() {
  const response = await fetch('/config.json').catch(() => null);
  if (response?.ok) return response.json();
  throw new HubError('configuration', 'The page could not find out where the chat is.', {
    remediation: 'Check that `npm start` runs and has printed its addresses, then reload the page.',
  });
}

function listenToThePage() {
  // What ticks is kept apart: a screen reader must not say it each second.
  element('connection').append(create('span', { id: 'said' }), ' ', create('span', { id: 'ticking', role: 'timer' }));
  onClick('log-in', () => attempt(auth.signIn()));
  onClick('log-out', () => attempt(hub.logout()));
  onClick('try-again', () => group.retry());
  const now = hub.with({ whenDisconnected: 'reject' });
  onClick('drop', () => attempt(now.invoke('DropMyConnection')));
  onClick('expire', () => attempt(now.invoke('ExpireMyToken')));
  onClick('restart', () => attempt(restartHub()));
  onSend('composer', (text) => hub.invoke('Send', selected, text));
  onSend('direct-composer', (text) => hub.invoke('SendDirect', receiver.userId, text));
}

async function restartHub() {
  const response = await fetch('/demo/restart-hub', { method: 'POST' });
  if (!response.ok) throw new Error(`The hub was not restarted (${response.status}).`);
}

// What the client says

function onSnapshot() {
  const { status, auth: signedIn, userId, gaps, groups } = hub.getSnapshot();
  showConnection();
  showProblems();
  showRefusal();
  if (changed('userId', userId)) forgetMessages();
  if (changed('user', `${signedIn} ${userId}`)) void showUser();

  const connection = status === 'connected' && `${userId} ${gaps}`;
  if (changed('connection', connection) && connection) {
    load(hub.invoke('Rooms'), showRooms);
    load(hub.invoke('Online'), showOnline);
  }
  // Joined first, loaded second: what is said in between arrives live, and what arrives twice is merged.
  const membership = groups.get(selected)?.status === 'joined' && `${selected} ${userId} ${gaps}`;
  if (changed('membership', membership) && membership) {
    const room = selected;
    load(hub.invoke('History', room), (history) => addMessages(room, history));
  }
}

const last = new Map();

function changed(name, value) {
  if (last.get(name) === value) return false;
  last.set(name, value);
  return true;
}

function load(call, show) {
  call.then(show, (error) => healsItself(error) || report(error));
}

function attempt(action) {
  problem = null;
  showProblems();
  action.catch((error) => healsItself(error) || report(error));
}

/** Calls that end with their connection or their user are made again once it is connected: not worth a word. */
function healsItself(error) {
  return ['connection-lost', 'closed', 'identity-changed', 'aborted'].includes(error.code);
}

function report(error) {
  problem = error;
  showProblems();
}

// What the page shows

function showConnection() {
  const { status, auth: signedIn, error, retryAt, tokenExpiresAt } = hub.getSnapshot();
  let said = { connected: 'Connected.', disconnecting: 'Disconnecting …', disconnected: 'Disconnected.' }[status];
  let ticking = '';
  if (status === 'connected' && signedIn !== 'authenticated') said = 'Connected as a visitor.';
  else if (status === 'connected' && tokenExpiresAt !== null) {
    const seconds = Math.max(0, Math.ceil((tokenExpiresAt - Date.now()) / 1000));
    const rest = String(seconds % 60).padStart(2, '0');
    ticking = `Token renews within ${Math.floor(seconds / 60)}:${rest}.`;
  } else if (status === 'connecting' || status === 'reconnecting') {
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    said = status === 'connecting' ? 'Connecting' : 'Reconnecting';
    ticking = seconds > 0 ? `in ${seconds} s …` : '…';
  } else if (status === 'disconnected' && error) said = `Disconnected: ${error.message}`;

  element('connection').dataset.status = status;
  // Out of order for a moment, not disabled: a disabled button loses the keyboard’s focus.
  for (const id of ['drop', 'expire']) element(id).setAttribute('aria-disabled', status !== 'connected');
  setText('said', said);
  setText('ticking', ticking);
}

function showProblems() {
  const { status, error, attempt: failed } = hub?.getSnapshot() ?? {};
  // A short interruption is not worth a box.
  const isShort = status === 'connected' || (status === 'reconnecting' && failed < 6);
  const problems = [isShort ? null : error, problem].filter(Boolean);
  const box = problems.map((one) => {
    const remediation = one.remediation ?? 'Reload the page, or look at the server’s log.';
    return create('p', {}, create('strong', {}, one.message), ` ${remediation}`);
  });
  if (problem) box.push(createButton('Dismiss', () => attempt(Promise.resolve())));
  // Only what is new may be put there: a screen reader says it each time.
  if (changed('problems', problems.map((one) => one.message).join())) element('problems').replaceChildren(...box);
}

async function showUser() {
  const { auth: signedIn } = hub.getSnapshot();
  const isVisitor = signedIn === 'anonymous' || signedIn === 'signed-out';
  const user = isVisitor ? null : await auth.manager.getUser();
  userName = user ? (user.profile.name ?? user.profile.sub) : null;
  setText('user', userName ?? '');
  for (const part of document.querySelectorAll('[data-for]')) {
    part.hidden = (part.dataset.for === 'member') !== (userName !== null);
  }
  showRefusal();
  showOnline(online);
}

function showRooms(loaded) {
  rooms = loaded;
  const items = rooms.map(({ name, title }) => {
    const button = createButton(title, () => selectRoom(name));
    button.setAttribute('aria-current', name === selected);
    button.dataset.room = name;
    return create('li', {}, button);
  });
  element('rooms').replaceChildren(...items);
  setText('room', rooms.find(({ name }) => name === selected)?.title ?? 'Chat');
}

function selectRoom(name) {
  void group?.leave();
  selected = name;
  messages = new Map();
  group = hub.join(name);
  for (const button of document.querySelectorAll('[data-room]')) {
    button.setAttribute('aria-current', button.dataset.room === name);
  }
  setText('room', rooms.find((room) => room.name === name)?.title ?? 'Chat');
  showMessages();
  onSnapshot();
}

function showRefusal() {
  const error = hub.getSnapshot().groups.get(selected)?.error ?? null;
  element('refusal').hidden = error === null;
  element('log').hidden = error !== null;
  element('composer').hidden = error !== null || userName === null;
  element('visitor').hidden = error !== null || userName !== null;
  setText('refusal-message', error?.message ?? '');
  setText('refusal-remediation', error ? wayIn(error) : '');
}

function wayIn({ code, remediation }) {
  if (code !== 'group-forbidden') return remediation;
  return userName === null ? 'Log in, then try again.' : 'Log in as somebody who may, or try again when you may.';
}

function addMessages(room, added) {
  if (room !== selected) return;
  for (const message of added) messages.set(message.id, message);
  showMessages();
}

function showMessages() {
  const sorted = [...messages.values()].sort((a, b) => a.id - b.id);
  const items = sorted.map(({ id, name, text, sentAt }) => {
    const time = new Date(sentAt);
    return create(
      'li',
      { 'data-message': id },
      createAvatar(name),
      create('span', { class: 'name' }, name),
      create(
        'time',
        { datetime: time.toISOString() },
        time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
      ),
      create('p', {}, text),
    );
  });
  element('messages').replaceChildren(...items);
  element('silence').hidden = items.length > 0 || !last.get('membership');
}

function showOnline(users) {
  online = users;
  const { userId: self } = hub.getSnapshot();
  const items = users.map((user) => {
    const who =
      userName !== null && user.userId !== self
        ? createButton(user.name, () => selectReceiver(user))
        : create('span', {}, user.userId === self ? `${user.name} (you)` : user.name);
    return create('li', {}, createAvatar(user.name), who);
  });
  element('online').replaceChildren(...items);
  element('nobody').hidden = users.length > 0;
}

function selectReceiver(user) {
  receiver = user;
  setText('receiver', `To ${user.name}`);
  element('direct-composer').hidden = false;
}

function addDirectMessage(message) {
  directMessages.set(message.id, message);
  // Whoever writes first gets the answer.
  if (!receiver && message.fromUserId !== hub.getSnapshot().userId) {
    selectReceiver({ userId: message.fromUserId, name: message.fromName });
  }
  showDirectMessages();
}

function showDirectMessages() {
  const { userId: self } = hub.getSnapshot();
  const nameOf = (id) => online.find(({ userId }) => userId === id)?.name ?? id;
  const items = [...directMessages.values()].map(({ fromUserId, fromName, toUserId, text }) => {
    const name = fromUserId === self ? `To ${nameOf(toUserId)}` : fromName;
    return create('li', {}, create('span', { class: 'name' }, name), ` ${text}`);
  });
  element('direct').replaceChildren(...items);
}

/** Another user: nothing of the one before may stay. */
function forgetMessages() {
  messages = new Map();
  directMessages = new Map();
  showMessages();
  showDirectMessages();
}

// The page’s elements

function element(id) {
  return document.getElementById(id);
}

/** Nothing that is the same is written again: a screen reader would say it again. */
function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

function create(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function createButton(label, onPress) {
  const button = create('button', { type: 'button' }, label);
  button.addEventListener('click', onPress);
  return button;
}

/** One of the six tones of the style sheet, always the same one for a name. */
function createAvatar(name) {
  const tone = (name.charCodeAt(0) + name.length) % 6;
  return create('span', { class: 'avatar', 'data-tone': tone, 'aria-hidden': 'true' }, name[0]);
}

function onClick(id, onPress) {
  element(id).addEventListener('click', onPress);
}

/** The text stays in the field when it could not be sent. */
function onSend(formId, send) {
  const form = element(formId);
  const field = form.querySelector('input');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === '') return;
    field.value = '';
    send(text).catch((error) => {
      field.value ||= text;
      report(error);
    });
  });
}
