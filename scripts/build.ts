/** Builds into build/ what npm's `prepare` runs for: the erasure kernel, the bundle that starts sooner, the player. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (existsSync(join(root, 'node_modules', 'assemblyscript'))) {
  const [{ buildWasm }, { buildBundle }, { buildWeb }] = await Promise.all([
    import('./build-wasm.ts'),
    import('./build-bundle.ts'),
    import('./build-web.ts'),
  ]);
  await Promise.all([buildWasm(), buildBundle(), buildWeb()]);
} else {
  console.log('clef: development packages are absent, build/ stays as it is');
}
