// The page’s elements.

export function element(id) {
  return document.getElementById(id);
}

/** Nothing that is the same is written again: a screen reader would say it again. */
export function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

export function create(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function createButton(label, onClick) {
  const button = create('button', { type: 'button' }, label);
  button.addEventListener('click', onClick);
  return button;
}
