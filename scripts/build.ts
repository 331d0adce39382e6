/** Builds what cannot run unbuilt, into build/: the erasure kernel. Run by npm's `prepare`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (existsSync(join(root, 'node_modules', 'assemblyscript'))) {
  const { buildWasm } = await import('./build-wasm.ts');
  await buildWasm();
} else {
  console.log('clef: development packages are absent, build/ stays as it is');
}
