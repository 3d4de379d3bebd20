import { createApp } from 'vue';
import { openChat } from '../../shared/open-chat.ts';
import { problemOf } from '../../../common/page/problem.ts';
import App from './App.vue';
import { createHubPlugin } from './hub.ts';
import ProblemList from './ProblemList.vue';

openChat().then(
  ({ hub, auth, problem }) =>
    createApp(App, { auth, firstProblem: problem })
      .use(createHubPlugin(hub, { autoStart: true }))
      .mount('#app'),
  (error: unknown) => createApp(ProblemList, { problems: [problemOf(error)] }).mount('#app'),
);
