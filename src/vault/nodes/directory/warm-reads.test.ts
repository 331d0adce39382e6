import { randomBytes } from 'node:crypto';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/support/clef-process.ts';
import type { OpenObject } from './open-objects.ts';
import { WarmBlocks } from './warm-blocks.ts';
import { WarmReads } from './warm-reads.ts';

const LENGTH = 300_000;
const NOW = 1_000_000;

async function openObject(folder: string): Promise<OpenObject & AsyncDisposable & { readonly path: string }> {
  const path = join(folder, 'object');
  await writeFile(path, randomBytes(LENGTH));
  const handle = await open(path);
  return {
    path,
    handle,
    lengthBytes: LENGTH,
    version: '1',
    warm: new WarmBlocks(LENGTH, NOW),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

describe('a read on the calling thread', () => {
  it('gives what is warm, keeps it so, and leaves everything else to the usual way', async () => {
    await using folder = await temporaryFolder('warm-reads');
    await using object = await openObject(folder.path);
    let nowMs = NOW;
    const reads = new WarmReads({ isLocal: () => true, now: () => nowMs });
    expect(reads.read(object, 0, 1_000)).toBeUndefined();
    object.warm.note(0, 200_000, nowMs);
    nowMs += 50_000;
    const bytes = reads.read(object, 100, 150_000);
    expect(bytes).toHaveLength(150_000);
    const expected = Buffer.alloc(150_000);
    await object.handle.read(expected, 0, 150_000, 100);
    expect(bytes && Buffer.compare(bytes, expected)).toBe(0);
    expect(reads.read(object, 150_000, 150_000)).toBeUndefined();
    nowMs += 50_000;
    expect(reads.read(object, 100, 1_000)).toHaveLength(1_000);
    nowMs += 60_000;
    expect(reads.read(object, 100, 1_000)).toBeUndefined();
  });

  it('is never made on a file system that may wait for another machine', async () => {
    await using folder = await temporaryFolder('warm-reads');
    await using object = await openObject(folder.path);
    object.warm.note(0, LENGTH, NOW);
    const reads = new WarmReads({ isLocal: () => false, now: () => NOW });
    expect(reads.read(object, 0, 1_000)).toBeUndefined();
  });

  it('tells of nothing that is wrong: a file that lost its end, a range that is none', async () => {
    await using folder = await temporaryFolder('warm-reads');
    await using object = await openObject(folder.path);
    object.warm.note(0, LENGTH, NOW);
    await truncate(object.path, 1_000);
    const reads = new WarmReads({ isLocal: () => true, now: () => NOW });
    for (const [offset, length] of [
      [0, 1_001],
      [LENGTH, 1],
      [-1, 10],
      [0.5, 10],
      [Number.NaN, 10],
      [0, Number.NaN],
    ] as const) {
      expect(reads.read(object, offset, length)).toBeUndefined();
    }
  });
});
