import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';
import { expect, it } from 'vitest';
import { budget } from '../../scripts/web/budget.ts';
import { temporaryFolder } from '../support/clef-process.ts';

/** What gzip does not make smaller. */
const noise = Array.from({ length: 2_000 }, (_, index) => Math.sin(index).toString(36)).join();

it('fails the build of a player whose first page weighs too much, and not for what is loaded later', async () => {
  await using folder = await temporaryFolder('budget');
  const files = {
    'src/web/main.tsx': "import './shared.ts'; import('./pages/home.tsx'); import('./pages/later.tsx');",
    'src/web/shared.ts': `globalThis.shared = ${JSON.stringify(noise)};`,
    'src/web/pages/home.tsx': 'globalThis.home = 1;',
    'src/web/pages/later.tsx': `globalThis.later = ${JSON.stringify(noise.split(',').toReversed().join())};`,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  const weigh = (mostBytes: number) =>
    build({
      input: join(folder.path, 'src/web/main.tsx'),
      plugins: [budget(mostBytes)],
      output: { dir: join(folder.path, 'out') },
      write: false,
      logLevel: 'silent',
    });
  // The noise takes some 15 kB; twice that would be counted if later pages were.
  await expect(weigh(10_000)).rejects.toThrow(/bytes of JavaScript, gzipped; at most 10000/);
  await expect(weigh(25_000)).resolves.toBeDefined();
});
