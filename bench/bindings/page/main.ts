import { watchKeys } from './figures.ts';

/** `?client=react-naive&url=http://127.0.0.1:5000/hub` */
const parameters = new URLSearchParams(location.search);
const [framework, ...rest] = (parameters.get('client') ?? '').split('-');
const { mount } = framework === 'vue' ? await import('./vue.ts') : await import('./react.tsx');
watchKeys();
mount(rest.join('-'), parameters.get('url') ?? '', document.querySelector('#app')!);
