import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { createTestVault, memoryNodes, patternBytes, writeBytes } from '../../../test/support/vault.ts';
import { columnObjectName, type DamageReport } from '../../vault/index.ts';
import { scrubInBackground } from './background-scrub.ts';
import { readScrubFile } from './scrub-file.ts';

const DAY_MS = 24 * 3_600_000;

test('a server looks through the nodes once a day, and goes on where it was when it ended', async () => {
  await using folder = await temporaryFolder('scrub');
  const { vault, set, nodes, library } = await createTestVault(memoryNodes(2), { policy: { k: 1, m: 1 } });
  const asset = await writeBytes(vault, patternBytes(100));
  const data = { scrubFile: join(folder.path, 'scrub.json') };
  let nowMs = 10 * DAY_MS;
  const found: DamageReport[] = [];
  const passes: unknown[] = [];
  const scrub = (signal?: AbortSignal, gibibytesPerDay = 1_000_000) =>
    scrubInBackground({
      nodes: set,
      libraryId: library.libraryId,
      trust: library.trust,
      now: () => nowMs,
      data,
      log: { info: (pass: unknown) => passes.push(pass) },
      gibibytesPerDay,
      onDamage: (report) => found.push(report),
      ...(signal && { signal }),
    });

  await scrub(undefined, 0);
  expect(passes).toEqual([]);
  await scrub();
  expect(passes).toEqual([{ layouts: 1, damaged: 0, lost: 0 }]);
  expect(await readScrubFile(data)).toEqual({ nextPart: 0, passStartedAtMs: nowMs, sampledAtMs: nowMs });
  await nodes[0]?.delete(columnObjectName(asset, asset.columnNodes[0] === nodes[0]?.id ? 0 : 1));
  await scrub();
  expect(passes).toHaveLength(1);

  nowMs += DAY_MS;
  const ending = new AbortController();
  const half = scrub(ending.signal);
  ending.abort(new Error('the server ends'));
  await expect(half).rejects.toThrow('the server ends');
  await scrub();
  expect(found).toMatchObject([{ assetId: asset.assetId, reason: 'missing' }]);
  expect((await readScrubFile(data)).sampledAtMs).toBe(nowMs);
});
