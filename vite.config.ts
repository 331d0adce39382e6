import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import type { InlineConfig } from 'vite';
import { bareRoutes } from './scripts/web/bare-routes.ts';
import { budget } from './scripts/web/budget.ts';
import { compressedCopies } from './scripts/web/compressed-copies.ts';
import { icons } from './scripts/web/icons.ts';
import { integrity } from './scripts/web/integrity.ts';
import { serviceWorker } from './scripts/web/service-worker.ts';

/** The web player: `src/web/` becomes `build/web/`, which the server sends at whatever path it lives under. */
const config: InlineConfig = {
  configFile: false,
  root: join(import.meta.dirname, 'src', 'web'),
  base: './',
  logLevel: 'warn',
  plugins: [bareRoutes(), react(), icons(), integrity(), budget(), serviceWorker(), compressedCopies()],
  build: {
    outDir: join(import.meta.dirname, 'build', 'web'),
    emptyOutDir: true,
    // The oldest that have `Uint8Array.fromBase64`, with which `core` reads every key and header.
    target: ['chrome140', 'firefox133', 'safari18.2'],
    // One stylesheet: a page that is loaded later brings no style that would move what is there.
    cssCodeSplit: false,
    // A font or picture inside a stylesheet would be a `data:` address, which the policy of the page forbids.
    assetsInlineLimit: 0,
    license: { fileName: 'licences.md' },
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Every page loaded later then has a dependency besides itself, so that Vite preloads it, by which its
        // integrity is checked (scripts/web/integrity.ts).
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules\/(?:react|react-dom|scheduler)\// }],
        },
      },
    },
  },
};

export default config;
