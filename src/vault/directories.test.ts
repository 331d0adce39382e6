import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from '../crypto/index.ts';
import {
  createTestVault,
  patternBytes,
  readBytes,
  sameBytes,
  type TestVault,
  writeBytes,
} from '../../test/support/vault.ts';
import { loadErasureCode, repair, type RepairOutcome, scrub } from './index.ts';
import { type DirectoryNode, initDirectoryNode, openDirectoryNode } from './nodes/directory.ts';

let folder = '';
const opened: DirectoryNode[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-vault-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((node) => node[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true, force: true });
});

async function newNode(name: string): Promise<DirectoryNode> {
  const root = join(folder, name);
  await initDirectoryNode({ root, random: randomBytes });
  const node = await openDirectoryNode({ root, failureDomain: name });
  opened.push(node);
  return node;
}

async function directoryVault(names: readonly string[]): Promise<TestVault<DirectoryNode>> {
  const nodes = await Promise.all(names.map(newNode));
  return createTestVault(nodes, { policy: { k: 2, m: 1 }, erasure: await loadErasureCode() });
}

describe('a vault over three directories', () => {
  it('goes on with the right bytes when a directory is deleted in the middle of a read', async () => {
    const test = await directoryVault(['a', 'b', 'c']);
    const plaintext = patternBytes(90 * CHUNK_BYTES + 11);
    const asset = await writeBytes(test.vault, plaintext);
    let offset = 0;
    const range = { startBytes: 0, endBytes: plaintext.length };
    for await (const piece of test.vault.read(asset, asset.trackKey, range)) {
      expect(sameBytes(piece, plaintext.subarray(offset, offset + piece.length))).toBe(true);
      if (offset === 0) await rm(join(folder, 'b'), { recursive: true });
      offset += piece.length;
    }
    expect(offset).toBe(plaintext.length);
  });

  it('takes an emptied mount point for an offline node, and its return for what it was', async () => {
    const test = await directoryVault(['a', 'b', 'c']);
    const plaintext = patternBytes(20 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    await rename(join(folder, 'a'), join(folder, 'unmounted'));
    test.clock.nowMs += 60_000;
    await test.set.probe();
    expect(test.set.complete).toBe(false);
    const { libraryId, trust } = test.library;
    const found = await scrub({
      nodes: test.set,
      libraryId,
      trust,
      now: () => test.clock.nowMs,
      depth: 'full',
      random: Math.random,
      onDamage: ({ reason }) => expect(reason).toBe('unreachable'),
    });
    expect(found).toMatchObject({ damaged: 1, lost: 0 });
    expect(sameBytes(await readBytes(test.vault, asset), plaintext)).toBe(true);
    await rename(join(folder, 'unmounted'), join(folder, 'a'));
    test.clock.nowMs += 60_000;
    await test.set.probe();
    expect(test.set.complete).toBe(true);
  });

  it('is whole again after repair onto a directory that took the place of a lost one', async () => {
    const test = await directoryVault(['a', 'b', 'c']);
    const plaintext = patternBytes(40 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const kept = test.nodes.slice(1);
    const fresh = await newNode('d');
    const after = await createTestVault([...kept, fresh], { policy: { k: 2, m: 1 }, library: test.library });
    const outcomes: RepairOutcome[] = [];
    const report = await repair({
      nodes: after.set,
      libraryId: test.library.libraryId,
      trust: test.library.trust,
      now: () => after.clock.nowMs,
      erasure: await loadErasureCode(),
      depth: 'head',
      onOutcome: (outcome) => void outcomes.push(outcome),
    });
    expect(report).toMatchObject({ repairedColumns: 1, unrepairedColumns: 0 });
    await rm(join(folder, 'b'), { recursive: true });
    const repaired = { ...asset, columnNodes: outcomes[0]?.columnNodes ?? [] };
    expect(sameBytes(await readBytes(after.vault, repaired), plaintext)).toBe(true);
  });
});
