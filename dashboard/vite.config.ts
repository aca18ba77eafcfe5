import { defineConfig } from 'vite';

declare const process: { env: Record<string, string | undefined> };

// `npm run dev` shows the pages over the admin API of a running node.
const node = process.env['SPILLWAY_ADMIN'] ?? 'http://127.0.0.1:8081';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    // A data: URL in place of a small file would be one more thing for the policy to allow.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  server: {
    proxy: {
      '/v1': {
        target: node,
        changeOrigin: true,
        // The listener takes pages of its own origin only.
        headers: { origin: new URL(node).origin },
      },
      '/openapi.json': { target: node, changeOrigin: true },
    },
  },
});
