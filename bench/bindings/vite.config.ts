import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: `${import.meta.dirname}/page`,
  plugins: [react()],
  // The usual build of React leaves out what its Profiler tells.
  resolve: { alias: { 'react-dom/client': 'react-dom/profiling' } },
});
