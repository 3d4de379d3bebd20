import type { StorybookConfig } from '@storybook/react-vite';

export default {
  framework: '@storybook/react-vite',
  stories: ['../*.stories.tsx'],
  // The worker of MSW, from the package itself: it is always of the same version.
  staticDirs: [{ from: '../../../node_modules/msw/lib/mockServiceWorker.js', to: '/mockServiceWorker.js' }],
  core: { disableTelemetry: true },
} satisfies StorybookConfig;
