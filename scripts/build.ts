/** Builds into build/ what npm's `prepare` runs for: the erasure kernel, and the bundle that starts sooner. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (existsSync(join(root, 'node_modules', 'assemblyscript'))) {
  const [{ buildWasm }, { buildBundle }] = await Promise.all([
    import('./build-wasm.ts'),
    import('./build-bundle.ts'),
  ]);
  await Promise.all([buildWasm(), buildBundle()]);
} else {
  console.log('clef: development packages are absent, build/ stays as it is');
}
