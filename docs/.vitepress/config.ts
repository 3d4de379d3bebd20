import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { drawLifeCycle } from '../tools/draw-life-cycle.js';

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Start',
    items: [
      { text: 'Start in five minutes', link: '/start' },
      { text: 'A contract for your hub', link: '/typed-hubs' },
      { text: 'React', link: '/react' },
      { text: 'Vue', link: '/vue' },
      { text: 'Move from another library', link: '/migrate' },
      { text: 'Examples', link: '/examples' },
    ],
  },
  {
    text: 'Sign in',
    items: [
      { text: 'Which one?', link: '/auth/' },
      { text: 'OpenID Connect', link: '/auth/oidc' },
      { text: 'Auth0, MSAL, Clerk, your own', link: '/auth/token-from' },
      { text: 'Cookies and BFF', link: '/auth/cookie-session' },
      { text: 'ASP.NET Core Identity', link: '/auth/identity-api' },
      { text: 'Password grant', link: '/auth/password-grant' },
      { text: 'Visitors', link: '/auth/visitors' },
      { text: 'Write a token source', link: '/auth/token-source' },
    ],
  },
  {
    text: 'Use the connection',
    items: [
      { text: 'What happens when', link: '/what-happens-when' },
      { text: 'Groups', link: '/groups' },
      { text: 'Calls', link: '/calls' },
      { text: 'Streams', link: '/streams' },
      { text: 'Gaps and live data', link: '/live-data' },
      { text: 'Snapshot and events', link: '/snapshot-and-events' },
      { text: 'Errors', link: '/errors' },
      { text: 'Test your app', link: '/testing' },
    ],
  },
  {
    text: 'Set up the server',
    items: [
      { text: 'ASP.NET Core', link: '/server/aspnetcore' },
      { text: 'Renew in place', link: '/server/token-refresh' },
      { text: 'Azure SignalR and redirects', link: '/server/azure-signalr' },
    ],
  },
  {
    text: 'Look up',
    items: [
      { text: 'Error codes', link: '/error-codes' },
      { text: 'The life of a client', link: '/transitions' },
      { text: 'Test hub and ASP.NET Core', link: '/conformance' },
      { text: 'The proof', link: '/proof' },
      { text: 'Security', link: '/security' },
      { text: 'The herd', link: '/herd' },
      { text: 'API', collapsed: false, items: apiPages() },
    ],
  },
];

/** Written by typedoc before the site is built: `npm run docs:build`. */
function apiPages(): DefaultTheme.SidebarItem[] {
  const folder = fileURLToPath(new URL('../api/', import.meta.url));
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && file !== 'index.md')
    .map((file) => file.replaceAll('\\', '/').replace(/\.md$/, ''))
    .sort()
    .map((name) => ({ text: `@org/hub-${name.replace(/\/index$/, '')}`, link: `/api/${name.replace(/index$/, '')}` }));
}

export default defineConfig({
  title: 'hub-sdk',
  description: 'An authenticated SignalR hub connection that an app can forget about.',
  lang: 'en',
  // There is no icon, and a browser that is not told so asks for one.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  cleanUrls: true,
  srcExclude: ['node_modules/**', '.blocks/**', 'test/**', 'tools/**'],
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Sign in', link: '/auth/' },
      { text: 'Server', link: '/server/aspnetcore' },
      { text: 'Error codes', link: '/error-codes' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    docFooter: { prev: 'Before', next: 'Next' },
  },
  // The table of the proof is wide, and an outline of one heading tells nothing.
  transformPageData: (page) => {
    if (page.relativePath === 'proof.md') page.frontmatter['aside'] = false;
  },
  markdown: {
    // As GitHub names headings: the same links work in both.
    anchor: {
      slugify: (heading) =>
        heading
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
    },
    config(markdown) {
      const fence = markdown.renderer.rules.fence!;
      markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
        const token = tokens[index]!;
        return token.info.trim() === 'mermaid'
          ? drawLifeCycle(token.content)
          : fence(tokens, index, options, env, self);
      };
      // A README that is included points to files of the repository, which the site does not have.
      markdown.core.ruler.push('files-of-the-repository', ({ tokens }) => {
        for (const { children } of tokens) {
          let outside = false;
          for (const child of children ?? []) {
            if (child.type === 'link_open') outside = (child.attrGet('href') ?? '').startsWith('../../');
            if (!outside) continue;
            if (child.type === 'link_open' || child.type === 'link_close') [child.type, child.tag] = ['text', ''];
            if (child.type === 'link_close') outside = false;
          }
        }
      });
    },
  },
});
