// What the page of somebody else can try with the cookie of whoever looks at it. None of it may work.
const outcome = document.querySelector('#outcome');

const attempts = {
  'read who you are': async ({ serverUrl }) => {
    const response = await fetch(`${serverUrl}/bff/session`, { credentials: 'include' });
    return `worked: ${await response.text()}`;
  },
  // No preflight: a browser lets any page send this one, and only keeps the answer from it.
  'write a note in your name': async ({ serverUrl }) => {
    const body = JSON.stringify({ text: 'Somebody else was here.' });
    const type = { 'Content-Type': 'text/plain' };
    const response = await fetch(`${serverUrl}/api/notes`, {
      method: 'POST',
      mode: 'no-cors',
      credentials: 'include',
      headers: type,
      body,
    });
    return `sent; of the answer there is nothing to be seen (${response.type})`;
  },
  'negotiate with the hub': async ({ serverUrl }) => {
    const response = await fetch(`${serverUrl}/hubs/notes/negotiate?negotiateVersion=1`, {
      method: 'POST',
      credentials: 'include',
    });
    return `worked: ${await response.text()}`;
  },
  // WebSockets ask for no permission, and carry the cookie: the server alone can refuse.
  'open a socket to the hub': ({ serverUrl }) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${serverUrl.replace('http', 'ws')}/hubs/notes`);
      socket.onopen = () => resolve('worked: it is open');
      socket.onerror = () => reject(new Error('the socket was refused'));
    }),
};

async function tryAll() {
  const config = await (await fetch('/config.json')).json();
  outcome.replaceChildren();
  for (const [what, attempt] of Object.entries(attempts)) {
    const item = document.createElement('li');
    item.textContent = await attempt(config).then(
      (result) => `To ${what}: ${result}.`,
      (error) => `To ${what}: failed, ${error.message}.`,
    );
    outcome.append(item);
  }
  const done = document.createElement('li');
  done.textContent = 'That was all.';
  outcome.append(done);
}

document.querySelector('#try').addEventListener('click', () => {
  tryAll().catch((error) => (outcome.textContent = `It could not even try: ${error.message}`));
});
