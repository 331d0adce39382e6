import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { createTestVault, memoryNodes, patternBytes, writeBytes } from '../../../test/support/vault.ts';
import { changeScrubFile } from './scrub-file.ts';
import { VaultFigures } from './vault-figures.ts';

test('the figures of a vault tell spare columns and when all was looked at, once they were gathered', async () => {
  await using folder = await temporaryFolder('figures');
  const { vault, set, nodes } = await createTestVault(memoryNodes(3), { policy: { k: 1, m: 2 } });
  const asset = await writeBytes(vault, patternBytes(100));
  const data = { scrubFile: join(folder.path, 'scrub.json') };
  const figures = new VaultFigures();
  const shown = () =>
    figures
      .samples(100_000, 10_000)
      .map(({ name, labels, value }) => [name, ...Object.values(labels ?? {}), value]);
  const gather = () => {
    const assets = (async function* () {
      yield asset;
    })();
    return figures.gather({ assets, nodes: set, data }, new AbortController().signal);
  };
  expect(shown()).toEqual([]);

  await gather();
  expect(shown()).toEqual([
    ['clef_assets', '2', 1],
    ['clef_scrub_age_seconds', 'sample', 90],
    ['clef_scrub_age_seconds', 'full', 90],
  ]);

  for (const { id } of nodes.slice(0, 1)) set.rest(id, 'it is away');
  await changeScrubFile(data, (before) => ({ ...before, sampledAtMs: 95_000 }));
  await gather();
  expect(shown()).toEqual([
    ['clef_assets', '1', 1],
    ['clef_scrub_age_seconds', 'sample', 5],
    ['clef_scrub_age_seconds', 'full', 90],
  ]);
});
