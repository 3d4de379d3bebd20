import { createNewsApp } from './vue-ssr-app.ts';

const root = document.querySelector<HTMLElement>('#app')!;
const { app, hub } = createNewsApp(root.dataset['hub']!);
// An app that does not wait for its page: what the client says has changed before the page is taken over.
if (root.dataset['early']) await hub.start();
app.mount(root);
