import { describe, expect, it } from 'vitest';
import { FaultyNode } from '../../test/support/faulty-node.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  sameBytes,
  sourceOf,
  type TestVault,
  writeBytes,
} from '../../test/support/vault.ts';
import { type ByteRange, type Bytes, concatBytes, type Policy } from '../core/index.ts';
import { CHUNK_BYTES, openAssetCipher, parseAssetHeader } from '../crypto/index.ts';
import { columnObjectName, createLayout, nodeAead, type WrittenAsset } from './index.ts';
import type { MemoryNode } from './nodes/memory.ts';

const POLICIES: readonly Policy[] = [
  { k: 1, m: 0 },
  { k: 2, m: 1 },
  { k: 4, m: 2 },
];
const POLICY_2_1: Policy = { k: 2, m: 1 };

function layoutOf({ policy, header }: WrittenAsset) {
  return createLayout(policy, parseAssetHeader(header).paddedLengthBytes);
}

async function column(
  { vault }: TestVault,
  asset: WrittenAsset,
  index: number,
  range?: ByteRange,
): Promise<Bytes> {
  const wanted = range ?? { startBytes: 0, endBytes: layoutOf(asset).columnBytes(index) };
  const pieces: Bytes[] = [];
  for await (const piece of vault.readColumn(asset, index, wanted)) pieces.push(piece);
  return concatBytes(...pieces);
}

/** Every chunk of an asset as its columns hold it. */
async function chunksOf(test: TestVault, asset: WrittenAsset): Promise<Bytes[]> {
  const layout = layoutOf(asset);
  const columns = new Map<number, Bytes>();
  for (const i of layout.storedColumns) columns.set(i, await column(test, asset, i));
  return Array.from({ length: layout.chunkCount }, (_, chunk) => {
    const { column: at, offsetBytes, lengthBytes } = layout.place(chunk);
    return (columns.get(at) ?? new Uint8Array(0)).subarray(offsetBytes, offsetBytes + lengthBytes);
  });
}

function nodeOf(nodes: readonly MemoryNode[], asset: WrittenAsset, index: number): MemoryNode {
  const node = nodes.find(({ id }) => id === asset.columnNodes[index]);
  if (!node) throw new Error(`column ${index} is on no node`);
  return node;
}

function flipFirstBit(node: MemoryNode, asset: WrittenAsset, index: number): void {
  node.tamper(columnObjectName(asset, index), (bytes) => {
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return bytes;
  });
}

describe('the sealed bytes of an asset', () => {
  it.each(POLICIES)('open chunk by chunk under its key, from its columns at $k+$m', async (policy) => {
    const test = await createTestVault(memoryNodes(policy.k + policy.m), { policy });
    const plaintext = patternBytes(21 * CHUNK_BYTES + 99);
    const asset = await writeBytes(test.vault, plaintext);
    const cipher = await openAssetCipher(asset.trackKey, parseAssetHeader(asset.header), nodeAead);
    const opened = await Promise.all(
      (await chunksOf(test, asset)).map(async (sealed, chunk) => cipher.openChunk(chunk, sealed)),
    );
    expect(sameBytes(concatBytes(...opened).subarray(0, plaintext.length), plaintext)).toBe(true);
  });

  it.each(POLICIES)('are the same from the route of verified chunks at $k+$m', async (policy) => {
    const test = await createTestVault(memoryNodes(policy.k + policy.m), { policy });
    for (const lengthBytes of [0, 1, CHUNK_BYTES, 9 * CHUNK_BYTES + 5]) {
      const asset = await writeBytes(test.vault, patternBytes(lengthBytes));
      for (const [chunk, sealed] of (await chunksOf(test, asset)).entries()) {
        expect(sameBytes(await test.vault.sealedChunk(asset, asset.trackKey, chunk), sealed)).toBe(true);
      }
    }
  });

  it('come in ranges of a column, and never its hashes, manifest or footer', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(30 * CHUNK_BYTES));
    const whole = await column(test, asset, 1);
    for (const [startBytes, endBytes] of [
      [0, 1],
      [70_000, 800_001],
      [whole.length - 3, whole.length],
      [5, 5],
    ] as const) {
      const part = await column(test, asset, 1, { startBytes, endBytes });
      expect(sameBytes(part, whole.subarray(startBytes, endBytes))).toBe(true);
    }
    for (const [startBytes, endBytes] of [
      [0, whole.length + 1],
      [-1, 4],
      [9, 4],
      [0.5, 4],
    ] as const) {
      await expect(column(test, asset, 1, { startBytes, endBytes })).rejects.toMatchObject({
        code: 'range-not-satisfiable',
      });
    }
    await expect(column(test, asset, 3, { startBytes: 0, endBytes: 1 })).rejects.toMatchObject({
      code: 'range-not-satisfiable',
    });
    await expect(test.vault.sealedChunk(asset, asset.trackKey, 999)).rejects.toMatchObject({
      code: 'range-not-satisfiable',
    });
  });

  it('are given as they are where a node lies, and mended on the route of verified chunks, which reports it', async () => {
    const nodes = memoryNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(12 * CHUNK_BYTES));
    const [right] = await chunksOf(test, asset);
    flipFirstBit(nodeOf(nodes, asset, 0), asset, 0);
    const [wrong] = await chunksOf(test, asset);
    expect(sameBytes(wrong as Bytes, right as Bytes)).toBe(false);
    const mended = await test.vault.sealedChunk(asset, asset.trackKey, 0);
    expect(sameBytes(mended, right as Bytes)).toBe(true);
    expect(test.damage).toMatchObject([{ column: 0, reason: 'tampered' }]);
    expect(test.vault.damage.size).toBe(1);
  });

  it.each([POLICY_2_1, { k: 1, m: 0 }])(
    'of a lost column are refused at once, retryably, at $k+$m',
    async (policy) => {
      const nodes = memoryNodes(policy.k + policy.m).map((node) => new FaultyNode(node));
      const test = await createTestVault(nodes, { policy });
      const asset = await writeBytes(test.vault, patternBytes(12 * CHUNK_BYTES));
      const victim = nodes.find(({ id }) => id === asset.columnNodes[0]);
      await victim?.delete(columnObjectName(asset, 0));
      const read = async () => {
        for await (const _ of test.vault.readColumn(asset, 0, { startBytes: 0, endBytes: 9 }));
      };
      await expect(read()).rejects.toMatchObject({ code: 'vault-column-lost', retryable: true });
      const readsBefore = nodes.reduce((sum, { readCount }) => sum + readCount, 0);
      await expect(read()).rejects.toMatchObject({ code: 'vault-column-lost' });
      expect(nodes.reduce((sum, { readCount }) => sum + readCount, 0)).toBe(readsBefore);
    },
  );

  it('end with the reason of an abort', async () => {
    const test = await createTestVault(memoryNodes(1), { policy: { k: 1, m: 0 } });
    const asset = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    const reason = new Error('the listener left');
    const aborter = new AbortController();
    const read = async () => {
      const range = { startBytes: 0, endBytes: layoutOf(asset).columnBytes(0) };
      for await (const _ of test.vault.readColumn(asset, 0, range, { signal: aborter.signal })) {
        aborter.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
  });

  it('are one empty chunk for an empty asset', async () => {
    const test = await createTestVault(memoryNodes(1), { policy: { k: 1, m: 0 }, padding: 'none' });
    const asset = await test.vault.write({
      kind: 'packet-table',
      lengthBytes: 0,
      plaintext: sourceOf(new Uint8Array(0)),
      birth: {},
    });
    const [only] = await chunksOf(test, asset);
    expect(sameBytes(await test.vault.sealedChunk(asset, asset.trackKey, 0), only as Bytes)).toBe(true);
  });
});
