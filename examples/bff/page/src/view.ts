import type { LiveQuerySnapshot } from '@org/hub-core/live';
import { type Problem, problemOf } from '../../../common/page/problem.ts';
import type { BffConfig } from '../../bff.ts';
import type { Note } from '../../contract.ts';

export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.querySelector<E>(`#${id}`)!;
}

/** Only what is new: a screen reader says again what is written again. */
export function setText(id: string, text: string): void {
  const part = element(id);
  if (part.textContent !== text) part.textContent = text;
}

function create<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(name), properties);
}

/** Always on the page, also while there is nothing to say: screen readers watch it for what appears. */
export function showProblems(problems: readonly Problem[], dismiss: (() => void) | null): void {
  const lines = problems.map(({ message, remediation }) => {
    const line = create('p', {});
    line.append(create('strong', { textContent: message }), ` ${remediation}`);
    return line;
  });
  const button = create('button', { type: 'button', textContent: 'Dismiss', onclick: dismiss });
  element('problems').replaceChildren(...lines, ...(dismiss ? [button] : []));
}

export function showNotes({ data, error }: LiveQuerySnapshot<readonly Note[]>, remove: (id: number) => void): void {
  const { message, remediation } = error ? problemOf(error) : { message: 'Loading …', remediation: '' };
  element('hint').textContent =
    data && !error ? (data.length ? '' : 'There are none yet.') : `${message} ${remediation}`;
  // Only what has changed is touched: a list that is written anew takes the focus from its buttons.
  const list = element<HTMLOListElement>('notes');
  const ids = new Set(data?.map(({ id }) => String(id)));
  for (const item of list.querySelectorAll('li')) if (!ids.has(item.dataset['note'] ?? '')) item.remove();
  const shown = new Set([...list.children].map((item) => (item as HTMLElement).dataset['note']));
  for (const note of data ?? []) if (!shown.has(String(note.id))) list.append(itemOf(note, remove));
}

function itemOf({ id, text, author, writtenAt }: Note, remove: (id: number) => void): HTMLLIElement {
  const item = create('li', {});
  item.dataset['note'] = String(id);
  const time = new Date(writtenAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const button = create('button', { type: 'button', textContent: 'Remove', ariaLabel: `Remove “${text}”` });
  button.onclick = () => remove(id);
  item.append(
    create('p', { textContent: text }),
    create('span', { className: 'hint', textContent: `${author}, ${time}` }),
    button,
  );
  return item;
}

/** What the reader should know of the two addresses. The README has more. */
export function showSetUp({ serverUrl, crossSite }: BffConfig): void {
  element('page-origin').textContent = location.origin;
  element('server-origin').textContent = serverUrl;
  element('between').textContent = crossSite
    ? 'Two sites. The cookie needs SameSite=None and Secure, and a browser that sends cookies to other sites at all: not all of them do.'
    : 'Two origins of one site: ports do not count for cookies. SameSite=Lax is enough, and every browser sends it.';
  element('production').textContent = crossSite
    ? 'Move page and server below one domain (app.example.com, api.example.com), or put the server behind the page’s own address.'
    : 'HTTPS for both, a cookie with Secure and a name that begins with __Host-, and the list of the pages’ origins.';
}
