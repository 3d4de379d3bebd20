import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { tsconfigPaths: true },
  // StrictMode does what it does in a development build only.
  define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
  // A link for each chunk that is loaded later would be a node more.
  build: { target: 'es2022', modulePreload: false },
}));
