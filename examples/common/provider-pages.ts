/** The few pages the provider shows. No script, no resource from elsewhere; they work on a phone and without a mouse. */

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1rem; display: grid; min-height: calc(100dvh - 2rem); place-items: center; }
main { width: min(100%, 22rem); }
h1 { font-size: 1.5rem; line-height: 1.2; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid GrayText; border-radius: .5rem; font: inherit; }
button { margin-top: 1.5rem; border-color: transparent; background: #1d4ed8; color: #fff; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px; }
[role=alert] { padding: .75rem; border-left: .25rem solid #dc2626; background: color-mix(in srgb, #dc2626 12%, transparent); }
</style>
</head>
<body><main>${body}</main></body>
</html>`;
}

export interface LoginView {
  readonly action: string;
  /** What is logged in to. */
  readonly app: string;
  /** What was typed before. The password is not given back. */
  readonly userName?: string;
  readonly error?: string;
}

export function loginPage({ action, app, userName = '', error }: LoginView): string {
  const title = `Log in to ${app}`;
  // After a mistake the password is what has to be typed again.
  const focus = (field: 'user' | 'password'): string =>
    (userName ? 'password' : 'user') === field ? ' autofocus' : '';
  const describedBy = error ? ' aria-describedby="error" aria-invalid="true"' : '';
  return page(
    error ? `Error: log in to ${app}` : title,
    `<h1>${escapeHtml(title)}</h1>
${error ? `<p id="error" role="alert">${escapeHtml(error)}</p>` : ''}
<form method="post" action="${escapeHtml(action)}">
<label for="user">User name</label>
<input id="user" name="user" required autocomplete="username" autocapitalize="none" spellcheck="false" value="${escapeHtml(userName)}"${describedBy}${focus('user')}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="current-password"${describedBy}${focus('password')}>
<button>Log in</button>
</form>`,
  );
}

export function messagePage(title: string, text: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);
}

/** `form` is oidc-provider's own, with its protection against forged requests; the button belongs to it by its id. */
export function logoutPage(form: string): string {
  return page(
    'Log out',
    `<h1>Log out</h1><p>Do you want to log out?</p>${form}<button form="op.logoutForm" name="logout" value="yes">Log out</button>`,
  );
}

/** The app has proved who is logging out, so nobody needs to be asked: the form sends itself. */
export function loggingOutPage(form: string): string {
  return page(
    'Logging out',
    `<h1>Logging out …</h1>${form}<input type="hidden" form="op.logoutForm" name="logout" value="yes">
<noscript><button form="op.logoutForm">Go on</button></noscript>
<script>document.getElementById('op.logoutForm').submit();</script>`,
  );
}
