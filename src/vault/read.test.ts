import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClefError, type Policy } from '../core/index.ts';
import { CHUNK_BYTES, generateTrackKey } from '../crypto/index.ts';
import { FaultyNode } from '../../test/support/faulty-node.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  type TestVault,
  writeBytes,
} from '../../test/support/vault.ts';
import { once } from './ensure-object.ts';
import type { ErasureCode } from './erasure/index.ts';
import { tableErasureCode } from './erasure/table.ts';
import { columnObjectName, releasePiece, type WrittenAsset } from './index.ts';
import type { MemoryNode } from './nodes/memory.ts';

const POLICY_1_0: Policy = { k: 1, m: 0 };
const POLICY_2_1: Policy = { k: 2, m: 1 };
const POLICY_4_2: Policy = { k: 4, m: 2 };

function faultyNodes(count: number): FaultyNode<MemoryNode>[] {
  return memoryNodes(count).map((node) => new FaultyNode(node));
}

function nodeOf<Node extends { readonly id: string }>(
  nodes: readonly Node[],
  asset: WrittenAsset,
  column: number,
): Node {
  const node = nodes.find(({ id }) => id === asset.columnNodes[column]);
  if (!node) throw new Error(`column ${column} is on no node`);
  return node;
}

function flipBit(nodes: readonly MemoryNode[], asset: WrittenAsset, column: number, at: number): void {
  nodeOf(nodes, asset, column).tamper(columnObjectName(asset, column), (bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  });
}

async function whole(test: TestVault, asset: WrittenAsset, plaintext: Uint8Array): Promise<void> {
  expect(sameBytes(await readBytes(test.vault, asset), plaintext)).toBe(true);
}

describe('a read', () => {
  it.each([POLICY_1_0, POLICY_2_1, POLICY_4_2])('gives any range of an asset at $k+$m', async (policy) => {
    const { vault } = await createTestVault(memoryNodes(policy.k + policy.m), { policy });
    const plaintext = patternBytes(37 * CHUNK_BYTES + 99);
    const asset = await writeBytes(vault, plaintext);
    await fc.assert(
      fc.asyncProperty(fc.nat(plaintext.length), fc.nat(plaintext.length), async (a, b) => {
        const range = { startBytes: Math.min(a, b), endBytes: Math.max(a, b) };
        const read = await readBytes(vault, asset, range);
        expect(sameBytes(read, plaintext.subarray(range.startBytes, range.endBytes))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a range outside the asset', async () => {
    const { vault } = await createTestVault(memoryNodes(1), { policy: POLICY_1_0, padding: 'none' });
    const asset = await writeBytes(vault, patternBytes(10));
    for (const [startBytes, endBytes] of [
      [0, 11],
      [-1, 3],
      [4, 3],
      [0.5, 3],
    ] as const) {
      await expect(readBytes(vault, asset, { startBytes, endBytes })).rejects.toMatchObject({
        code: 'range-not-satisfiable',
      });
    }
  });

  it('refuses a key that is not the asset’s, also when the asset was just read with the right one', async () => {
    const { vault } = await createTestVault(memoryNodes(1), { policy: POLICY_1_0, cacheBytes: 2 ** 20 });
    const asset = await writeBytes(vault, patternBytes(CHUNK_BYTES));
    await readBytes(vault, asset);
    await readBytes(vault, asset);
    await expect(readBytes(vault, { ...asset, trackKey: generateTrackKey() })).rejects.toMatchObject({
      code: 'decryption-failed',
    });
    expect(await readBytes(vault, asset)).toHaveLength(CHUNK_BYTES);
  });

  it('takes a short range from one column in one read', async () => {
    const nodes = faultyNodes(1);
    const { vault } = await createTestVault(nodes, { policy: POLICY_1_0 });
    const asset = await writeBytes(vault, patternBytes(100 * CHUNK_BYTES));
    await readBytes(vault, asset, { startBytes: 1_000_000, endBytes: 1_000_000 + 262_144 });
    expect(nodes[0]?.readCount).toBe(1);
  });

  it('gives the same bytes chunk by chunk where the budget for sealed bytes is spent', async () => {
    const nodes = faultyNodes(3);
    const sealedBytes = 9 * CHUNK_BYTES;
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1, sealedBytes });
    const plaintext = patternBytes(30 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    const slow = vault.read(asset, asset.trackKey, { startBytes: 0, endBytes: plaintext.length });
    const first = slow[Symbol.asyncIterator]();
    await first.next();
    const before = nodes.reduce((sum, { readCount }) => sum + readCount, 0);
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    const after = nodes.reduce((sum, { readCount }) => sum + readCount, 0);
    expect(after - before).toBe(30);
    await first.return?.();
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    expect(nodes.reduce((sum, { readCount }) => sum + readCount, 0) - after).toBeLessThan(20);
  });

  it('finds a column that the catalogue places wrongly, without calling it damage', async () => {
    const nodes = memoryNodes(5);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const plaintext = patternBytes(20 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    await whole(test, { ...asset, columnNodes: [] }, plaintext);
    expect(test.damage).toEqual([]);
  });
});

describe('a read from damaged nodes', () => {
  it.each([
    [POLICY_2_1, 1],
    [{ k: 1, m: 2 }, 2],
    [POLICY_4_2, 2],
  ] as const)('of %o goes on with any %i nodes gone', async (policy, gone) => {
    const nodes = memoryNodes(policy.k + policy.m);
    const test = await createTestVault(nodes, { policy });
    const plaintext = patternBytes(25 * CHUNK_BYTES + 7);
    const asset = await writeBytes(test.vault, plaintext);
    for (let first = 0; first < nodes.length; first++) {
      const away = Array.from({ length: gone }, (_, i) => nodes[(first + i) % nodes.length]);
      for (const node of away) if (node) node.online = false;
      await whole(test, asset, plaintext);
      for (const node of away) if (node) node.online = true;
      await test.set.probe();
      test.clock.nowMs += 60_000;
    }
    expect(test.damage.every(({ reason }) => reason === 'unreachable')).toBe(true);
    expect(test.vault.damage.size).toBe(0);
  });

  it('solves the lost cells of a row at once', async () => {
    const nodes = memoryNodes(6);
    let solved = 0;
    const erasure: ErasureCode = {
      ...tableErasureCode,
      reconstruct(...args) {
        solved++;
        return tableErasureCode.reconstruct(...args);
      },
    };
    const test = await createTestVault(nodes, { policy: POLICY_4_2, erasure });
    const rows = 5;
    const plaintext = patternBytes(rows * 16 * CHUNK_BYTES - 11);
    const asset = await writeBytes(test.vault, plaintext);
    for (const column of [1, 2]) nodeOf(nodes, asset, column).online = false;
    await whole(test, asset, plaintext);
    expect(solved).toBe(rows);
  });

  it('gives any range from any nodes that are enough', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 90 * CHUNK_BYTES }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (k, m, lengthBytes, random) => {
          const next = (below: number): number => Math.floor(random.next().value * below);
          const nodes = memoryNodes(k + m);
          const test = await createTestVault(nodes, { policy: { k, m } });
          const plaintext = patternBytes(lengthBytes);
          const asset = await writeBytes(test.vault, plaintext);
          for (let i = 0; i < m; i++) {
            const node = nodes[next(nodes.length)];
            if (node) node.online = false;
          }
          for (let i = 0; i < 3; i++) {
            const startBytes = next(lengthBytes);
            const endBytes = startBytes + 1 + next(lengthBytes - startBytes);
            const bytes = await readBytes(test.vault, asset, { startBytes, endBytes });
            expect(sameBytes(bytes, plaintext.subarray(startBytes, endBytes))).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('says vault-too-few-nodes when more are away than parity covers, and reads again when one is back', async () => {
    const nodes = memoryNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const plaintext = patternBytes(9 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const [a, b] = nodes;
    for (const node of [a, b]) if (node) node.online = false;
    await expect(readBytes(test.vault, asset)).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    if (a) a.online = true;
    test.clock.nowMs += 60_000;
    await whole(test, asset, plaintext);
  });

  it('reads on while nodes vanish in the middle', async () => {
    const nodes = memoryNodes(6);
    const test = await createTestVault(nodes, { policy: POLICY_4_2 });
    const plaintext = patternBytes(200 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    let offset = 0;
    for await (const piece of test.vault.read(asset, asset.trackKey, {
      startBytes: 0,
      endBytes: plaintext.length,
    })) {
      expect(sameBytes(piece, plaintext.subarray(offset, offset + piece.length))).toBe(true);
      offset += piece.length;
      if (offset === 40 * CHUNK_BYTES) nodeOf(nodes, asset, 1).online = false;
      if (offset === 90 * CHUNK_BYTES) nodeOf(nodes, asset, 2).online = false;
    }
    expect(offset).toBe(plaintext.length);
  });

  it('names the node and the column whose bytes were changed, and queues them for repair once', async () => {
    const nodes = memoryNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const plaintext = patternBytes(20 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    flipBit(nodes, asset, 1, 70_000);
    await whole(test, asset, plaintext);
    await whole(test, asset, plaintext);
    const { libraryId, assetId, layoutId } = asset;
    const report = {
      libraryId,
      assetId,
      layoutId,
      column: 1,
      nodeId: asset.columnNodes[1],
      reason: 'tampered',
    };
    expect(test.damage).toEqual([report]);
    expect(test.vault.damage.layouts()).toEqual([{ name: { libraryId, assetId, layoutId }, columns: [1] }]);
  });

  it('finds the liars among parity columns too', async () => {
    const nodes = memoryNodes(6);
    const test = await createTestVault(nodes, { policy: POLICY_4_2 });
    const plaintext = patternBytes(16 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    flipBit(nodes, asset, 0, 5);
    flipBit(nodes, asset, 4, 9);
    await whole(test, asset, plaintext);
    expect(test.damage.map(({ column, reason }) => `${column} ${reason}`).toSorted()).toEqual([
      '0 tampered',
      '4 tampered',
    ]);
  });

  it('notices a column that is too short, and one that is gone', async () => {
    const nodes = memoryNodes(6);
    const test = await createTestVault(nodes, { policy: POLICY_4_2 });
    const plaintext = patternBytes(40 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    nodeOf(nodes, asset, 0).tamper(columnObjectName(asset, 0), (bytes) => bytes.subarray(0, 400_000));
    await nodeOf(nodes, asset, 3).delete(columnObjectName(asset, 3));
    await whole(test, asset, plaintext);
    expect(test.damage.map(({ column, reason }) => `${column} ${reason}`).toSorted()).toEqual([
      '0 truncated',
      '3 missing',
    ]);
  });

  it('gives no byte where more columns lie than parity covers', async () => {
    const nodes = memoryNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(4 * CHUNK_BYTES));
    flipBit(nodes, asset, 0, 5);
    flipBit(nodes, asset, 2, 5);
    const pieces: unknown[] = [];
    const reading = (async () => {
      const range = { startBytes: 0, endBytes: 100 };
      for await (const piece of test.vault.read(asset, asset.trackKey, range)) pieces.push(piece);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'vault-asset-lost' });
    expect(pieces).toEqual([]);
  });

  it('never takes one column for another, nor another asset’s', async () => {
    const nodes = memoryNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const plaintext = patternBytes(8 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const other = await writeBytes(test.vault, patternBytes(8 * CHUNK_BYTES, 2));
    const bytesOf = async (of: WrittenAsset, column: number): Promise<Uint8Array<ArrayBuffer>> => {
      const node = nodeOf(nodes, of, column);
      const name = columnObjectName(of, column);
      return node.read(name, 0, (await node.stat(name))?.lengthBytes ?? 0);
    };
    const [own0, own1, foreign] = [await bytesOf(asset, 0), await bytesOf(asset, 1), await bytesOf(other, 0)];
    nodeOf(nodes, asset, 0).tamper(columnObjectName(asset, 0), () => foreign);
    await whole(test, asset, plaintext);
    nodeOf(nodes, asset, 0).tamper(columnObjectName(asset, 0), () => own1);
    nodeOf(nodes, asset, 1).tamper(columnObjectName(asset, 1), () => own0);
    await expect(readBytes(test.vault, asset)).rejects.toMatchObject({ code: 'vault-asset-lost' });
  });

  it('uses another copy of a column where one lies and there is no parity', async () => {
    const nodes = memoryNodes(2);
    const test = await createTestVault(nodes, { policy: POLICY_1_0 });
    const plaintext = patternBytes(3 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const name = columnObjectName(asset, 0);
    const holder = nodeOf(nodes, asset, 0);
    const object = await holder.read(name, 0, (await holder.stat(name))?.lengthBytes ?? 0);
    const second = nodes.find((node) => node !== holder);
    await second?.create(name, once(object));
    flipBit(nodes, asset, 0, 5);
    await whole(test, asset, plaintext);
  });
});

describe('a read that waits', () => {
  it('turns to parity when a node does not answer in time, and leaves it alone for a while', async () => {
    const nodes = faultyNodes(3);
    const { vault, damage, set } = await createTestVault(nodes, { policy: POLICY_2_1, patienceMs: 20 });
    const plaintext = patternBytes(60 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    const hung = nodeOf(nodes, asset, 0);
    hung.faults.readHangs = true;
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    expect(damage.map(({ column, reason }) => `${column} ${reason}`)).toEqual(['0 unreachable']);
    expect(set.get(hung.id)).toBeUndefined();
    expect(hung.readsUnderWay).toBe(0);
    const before = hung.readCount;
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    expect(hung.readCount).toBe(before);
  });

  it('gets the bytes of a late node elsewhere long before it gives the node up', async () => {
    const nodes = faultyNodes(6);
    const { vault, damage } = await createTestVault(nodes, { policy: POLICY_4_2, patienceMs: 60_000 });
    const plaintext = patternBytes(60 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    for (const column of [0, 3]) nodeOf(nodes, asset, column).faults.readHangs = true;
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    const range = { startBytes: 3 * CHUNK_BYTES + 7, endBytes: 5 * CHUNK_BYTES };
    expect(
      sameBytes(await readBytes(vault, asset, range), plaintext.subarray(range.startBytes, range.endBytes)),
    ).toBe(true);
    expect(damage).toEqual([]);
  });

  it('gives nothing of what it cannot give as a whole, though its beginning is there', async () => {
    const nodes = faultyNodes(6);
    const { vault } = await createTestVault(nodes, { policy: POLICY_4_2, patienceMs: 60 });
    const asset = await writeBytes(vault, patternBytes(60 * CHUNK_BYTES));
    nodeOf(nodes, asset, 1).faults.readHangs = true;
    for (const column of [2, 3]) {
      nodeOf(nodes, asset, column).faults.readFails = new ClefError('node-offline', 'it is away');
    }
    let given = 0;
    const range = { startBytes: 0, endBytes: asset.lengthBytes };
    const reading = (async () => {
      for await (const piece of vault.read(asset, asset.trackKey, range)) given += piece.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    expect(given).toBe(0);
    expect(await readBytes(vault, asset, { startBytes: 0, endBytes: 4 * CHUNK_BYTES })).toHaveLength(
      4 * CHUNK_BYTES,
    );
  });

  it('asks a slow node no more than to see whether it is slow still', async () => {
    const nodes = faultyNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1, now: () => performance.now() });
    const plaintext = patternBytes(20 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const slow = nodeOf(nodes, asset, 1);
    slow.faults.readTakesMs = 60;
    const range = { startBytes: 0, endBytes: 8 * CHUNK_BYTES };
    for (let i = 0; i < 9; i++) await readBytes(test.vault, asset, range);
    expect(sameBytes(await readBytes(test.vault, asset), plaintext)).toBe(true);
    const before = slow.readCount;
    for (let i = 0; i < 100; i++) {
      expect(
        sameBytes(await readBytes(test.vault, asset, range), plaintext.subarray(0, range.endBytes)),
      ).toBe(true);
    }
    expect(slow.readCount - before).toBeLessThanOrEqual(13);
    expect(test.damage).toEqual([]);
  });

  it('reads a slow node in whole spans where the one with the parity is away', async () => {
    const nodes = faultyNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1, now: () => performance.now() });
    const plaintext = patternBytes(32 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const slow = nodeOf(nodes, asset, 1);
    slow.faults.readTakesMs = 60;
    const range = { startBytes: 0, endBytes: 8 * CHUNK_BYTES };
    for (let i = 0; i < 12; i++) await readBytes(test.vault, asset, range);
    nodeOf(nodes, asset, 2).inner.online = false;
    test.set.rest(nodeOf(nodes, asset, 2).id, 'unplugged');
    const before = slow.readCount;
    expect(sameBytes(await readBytes(test.vault, asset), plaintext)).toBe(true);
    // Four rows of it: a read each, and not one for each of its sixteen chunks.
    expect(slow.readCount - before).toBeLessThanOrEqual(4);
  });

  it('asks a node again that it had given up, when nobody else has the bytes', async () => {
    const nodes = faultyNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1, patienceMs: 20 });
    const plaintext = patternBytes(8 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    const hung = nodeOf(nodes, asset, 0);
    hung.faults.readHangs = true;
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
    hung.faults.readHangs = false;
    flipBit(
      nodes.map(({ inner }) => inner),
      asset,
      1,
      5,
    );
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
  });

  it('asks nodes that rest all at once, before it says that there are too few', async () => {
    const nodes = faultyNodes(6);
    const { vault, set, damage } = await createTestVault(nodes, { policy: POLICY_4_2, patienceMs: 60 });
    const asset = await writeBytes(vault, patternBytes(60 * CHUNK_BYTES));
    const hung = nodes.slice(0, 3);
    const asked = new Map<string, number>();
    for (const node of hung) {
      set.rest(node.id, 'it did not answer');
      node.faults.readHangs = true;
      node.faults.onRead = () => asked.set(node.id, asked.get(node.id) ?? damage.length);
    }
    await expect(readBytes(vault, asset)).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
    // None was given up before the last was asked: that would have been told in between.
    expect([asked.size, new Set(asked.values()).size]).toEqual([hung.length, 1]);
  });

  it('ends with the reason of its signal and cancels what it had begun', async () => {
    const nodes = faultyNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const asset = await writeBytes(vault, patternBytes(60 * CHUNK_BYTES));
    for (const node of nodes) node.faults.readHangs = true;
    const controller = new AbortController();
    const range = { startBytes: 0, endBytes: asset.lengthBytes };
    const reading = Array.fromAsync(vault.read(asset, asset.trackKey, range, { signal: controller.signal }));
    for (const node of nodes) node.faults.onRead = () => controller.abort(new Error('the listener left'));
    await expect(reading).rejects.toThrow('the listener left');
    expect(nodes.map(({ readsUnderWay }) => readsUnderWay)).toEqual([0, 0, 0]);
    await expect(
      Array.fromAsync(vault.read(asset, asset.trackKey, range, { signal: controller.signal })),
    ).rejects.toThrow('the listener left');
  });

  it('cancels its read-ahead when the consumer stops', async () => {
    const nodes = faultyNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const asset = await writeBytes(vault, patternBytes(100 * CHUNK_BYTES));
    for await (const piece of vault.read(asset, asset.trackKey, {
      startBytes: 0,
      endBytes: asset.lengthBytes,
    })) {
      expect(piece).toHaveLength(CHUNK_BYTES);
      for (const node of nodes) node.faults.readHangs = true;
      break;
    }
    expect(nodes.map(({ readsUnderWay }) => readsUnderWay)).toEqual([0, 0, 0]);
  });

  it('keeps to the limit of reads on one node', async () => {
    const nodes = faultyNodes(1);
    const { vault } = await createTestVault(nodes, { policy: POLICY_1_0, readsPerNode: 2 });
    const plaintext = patternBytes(8 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    let most = 0;
    const [node] = nodes;
    if (node) node.faults.onRead = () => (most = Math.max(most, node.readsUnderWay + 1));
    const reads = await Promise.all(Array.from({ length: 12 }, () => readBytes(vault, asset)));
    expect(reads.every((read) => sameBytes(read, plaintext))).toBe(true);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('the cache of decrypted chunks', () => {
  it('keeps what was read twice, answers without a node, and forgets beyond its size', async () => {
    const nodes = faultyNodes(1);
    const cacheBytes = 10 * CHUNK_BYTES;
    const { vault } = await createTestVault(nodes, { policy: POLICY_1_0, cacheBytes, padding: 'none' });
    const small = patternBytes(8 * CHUNK_BYTES);
    const asset = await writeBytes(vault, small);
    await readBytes(vault, asset);
    await readBytes(vault, asset);
    const before = nodes[0]?.readCount;
    expect(sameBytes(await readBytes(vault, asset), small)).toBe(true);
    expect(nodes[0]?.readCount).toBe(before);
    const large = patternBytes(50 * CHUNK_BYTES, 2);
    const second = await writeBytes(vault, large);
    for (let i = 0; i < 3; i++) {
      for (let start = 0; start < large.length; start += 5 * CHUNK_BYTES) {
        const range = { startBytes: start, endBytes: start + 5 * CHUNK_BYTES };
        await readBytes(vault, second, range);
        expect(sameBytes(await readBytes(vault, second, range), large.subarray(start, range.endBytes))).toBe(
          true,
        );
      }
    }
    expect(sameBytes(await readBytes(vault, asset), small)).toBe(true);
    expect(nodes[0]?.readCount).toBeGreaterThan(before ?? 0);
  });

  it('lets no reader’s release take a chunk from another', async () => {
    const { vault } = await createTestVault(memoryNodes(1), { policy: POLICY_1_0, cacheBytes: 2 ** 22 });
    const plaintext = patternBytes(4 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    const range = { startBytes: 100, endBytes: asset.lengthBytes - 100 };
    await readBytes(vault, asset);
    const held = await Array.fromAsync(vault.read(asset, asset.trackKey, range));
    const again = await Array.fromAsync(vault.read(asset, asset.trackKey, range));
    for (const piece of again) releasePiece(piece);
    expect(sameBytes(Buffer.concat(held), plaintext.subarray(100, -100))).toBe(true);
    for (const piece of held) releasePiece(piece);
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
  });

  it('frees a released chunk at once where it is not cached', async () => {
    const { vault } = await createTestVault(memoryNodes(1), { policy: POLICY_1_0 });
    const asset = await writeBytes(vault, patternBytes(CHUNK_BYTES));
    const [piece] = await Array.fromAsync(
      vault.read(asset, asset.trackKey, { startBytes: 0, endBytes: CHUNK_BYTES }),
    );
    if (piece) releasePiece(piece);
    expect(piece?.buffer.detached).toBe(true);
  });
});
