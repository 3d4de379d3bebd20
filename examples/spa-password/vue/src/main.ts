import { createApp } from 'vue';
import { problemOf } from '../../../common/page/problem.ts';
import App from './App.vue';
import { createHubPlugin } from './hub.ts';
import ProblemBox from './ProblemBox.vue';
import { openShopping } from './shopping.ts';

openShopping().then(
  (shopping) =>
    createApp(App, { shopping })
      .use(createHubPlugin(shopping.hub, { autoStart: true }))
      .mount('#app'),
  (error: unknown) => createApp(ProblemBox, { problems: [problemOf(error)] }).mount('#app'),
);
