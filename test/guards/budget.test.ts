import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'rolldown';
import { expect, it } from 'vitest';
import { type Budgets, budget } from '../../scripts/web/budget.ts';
import { temporaryFolder } from '../support/clef-process.ts';

/** What gzip does not make smaller, some 15 kB of it; another for each start. */
function noise(start: number): string {
  return JSON.stringify(
    Array.from({ length: 2_000 }, (_, index) => Math.sin(start + index).toString(36)).join(),
  );
}

/** As Vite adds the script of the audio thread. */
const worklet: Plugin = {
  name: 'worklet',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'assets/ring-worklet-Ab_1.js', source: noise(3) });
  },
};

it('fails the build of a player whose first page or engine weighs too much, and not for what is loaded later', async () => {
  await using folder = await temporaryFolder('budget');
  const files = {
    'src/web/main.tsx': "import './shared.ts'; import('./pages/home.tsx'); import('./pages/later.tsx');",
    'src/web/shared.ts': `globalThis.shared = ${noise(0)};`,
    'src/web/pages/home.tsx': 'globalThis.home = 1;',
    'src/web/pages/later.tsx': `globalThis.later = ${noise(1)}; import('../engine/index.ts');`,
    'src/web/engine/index.ts': `import '../shared.ts'; globalThis.engine = ${noise(2)};`,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  let weighed: Budgets | undefined;
  const weigh = (most: Budgets) =>
    build({
      input: join(folder.path, 'src/web/main.tsx'),
      plugins: [worklet, budget(most, (weights) => (weighed = weights))],
      output: { dir: join(folder.path, 'out') },
      write: false,
      logLevel: 'silent',
    });
  await expect(weigh({ firstRoute: 25_000, engine: 45_000 })).resolves.toBeDefined();
  // One noise before the first page, which the engine shares; two more with the engine. Neither counts what comes later.
  const { firstRoute = 0, engine = 0 } = weighed ?? {};
  expect(firstRoute).toBeGreaterThan(10_000);
  expect(engine / firstRoute).toBeCloseTo(2, 1);
  await expect(weigh({ firstRoute: firstRoute - 1, engine })).rejects.toThrow(
    `the first page takes ${firstRoute} bytes of JavaScript, gzipped; at most ${firstRoute - 1} are allowed`,
  );
  await expect(weigh({ firstRoute, engine: engine - 1 })).rejects.toThrow(
    `the engine takes ${engine} bytes of JavaScript, gzipped; at most ${engine - 1} are allowed`,
  );
});
