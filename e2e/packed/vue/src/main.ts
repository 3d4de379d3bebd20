import { createApp } from 'vue';
import { createHubClient, tokenFrom } from '@org/hub-vue';
import { oidc } from '@org/hub-vue/oidc';
import App from './App.vue';
import type { GreeterHub } from './contract';
import { createHubPlugin } from './hub';

const page = new URLSearchParams(location.search);
const hub = createHubClient<GreeterHub>({ url: page.get('hub')!, auth: tokenFrom(page.get('token')!) });

createApp(App, { other: typeof oidc })
  .use(createHubPlugin(hub, { autoStart: true }))
  .mount('#app');
