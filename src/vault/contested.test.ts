import { describe, expect, it } from 'vitest';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  type TestVault,
  writeBytes,
} from '../../test/support/vault.ts';
import { concatBytes, fromUtf8, utf8 } from '../core/index.ts';
import { signManifest, verifyManifest } from '../crypto/index.ts';
import { encodeFooter, FOOTER_BYTES, parseFooter } from './column-object.ts';
import { once } from './ensure-object.ts';
import { tableErasureCode } from './erasure/index.ts';
import { columnObjectName, repair, type RepairReport, type WrittenAsset } from './index.ts';
import type { MemoryNode } from './nodes/memory.ts';
import { nodeSha256 } from './node-sha256.ts';

// Who has the signing key of a server that was lost, and one node, can put a second manifest beside the first.

const POLICY = { k: 1, m: 2 };

function repaired({ set, library, clock }: TestVault): Promise<RepairReport> {
  return repair({
    nodes: set,
    libraryId: library.libraryId,
    trust: library.trust,
    now: () => clock.nowMs,
    erasure: tableErasureCode,
    depth: 'full',
    onOutcome: () => undefined,
  });
}

/** The same asset and layout with other bytes in each column, under a manifest that is rightly signed. */
async function forgedColumns({ library, nodes }: TestVault, asset: WrittenAsset): Promise<Uint8Array[]> {
  const node = nodes.find(({ id }) => id === asset.columnNodes[0]);
  const name = columnObjectName(asset, 0);
  const info = await node?.stat(name);
  if (!node || !info) throw new Error('column 0 was written');
  const object = await node.read(name, 0, info.lengthBytes);
  const footer = parseFooter(object.subarray(-FOOTER_BYTES));
  const cells = new Uint8Array(footer.cellsBytes);
  const table = nodeSha256(cells);
  const manifestOffset = footer.cellsBytes + 32 * footer.chunkCount;
  const genuine = await verifyManifest(
    fromUtf8(object.subarray(manifestOffset, manifestOffset + footer.manifestBytes)),
    library.trust,
  );
  const columnTableHashes = genuine.columnTableHashes.map(() => nodeSha256(table));
  const manifest = utf8(await signManifest({ ...genuine, columnTableHashes }, library.signer));
  return columnTableHashes.map((_, column) =>
    concatBytes(
      cells,
      table,
      manifest,
      encodeFooter({
        ...footer,
        column,
        manifestBytes: manifest.length,
        manifestHash: nodeSha256(manifest),
      }),
    ),
  );
}

async function plant(node: MemoryNode, asset: WrittenAsset, forged: readonly Uint8Array[]): Promise<void> {
  for (const [column, bytes] of forged.entries()) {
    const name = columnObjectName(asset, column);
    await node.delete(name);
    await node.create(name, once(bytes));
  }
}

describe('a second manifest of one layout, signed by a trusted key', () => {
  it('costs the asset no column on another node, however many columns bear it', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY });
    const content = patternBytes(5_000);
    const asset = await writeBytes(test.vault, content);
    const [first, second] = test.nodes;
    if (!first || !second) throw new Error('there are three nodes');
    const forged = await forgedColumns(test, asset);
    await plant(first, asset, forged);
    await repaired(test);
    expect(sameBytes(await readBytes(test.vault, asset), content)).toBe(true);
    // Not even with most of the nodes: what verifies is never replaced by what verifies as well.
    await plant(second, asset, forged);
    await repaired(test);
    expect(sameBytes(await readBytes(test.vault, asset), content)).toBe(true);
  });

  it('does not keep the rest from being repaired, while fewer nodes bear it', async () => {
    const test = await createTestVault(memoryNodes(4), { policy: POLICY });
    const asset = await writeBytes(test.vault, patternBytes(5_000));
    const holders = test.nodes.filter(({ id }) => asset.columnNodes.includes(id));
    const [first, , third] = holders;
    if (!first || !third) throw new Error('three nodes have a column each');
    await plant(first, asset, await forgedColumns(test, asset));
    const name = columnObjectName(asset, asset.columnNodes.indexOf(third.id));
    third.tamper(name, (bytes) => bytes.fill(7));
    expect((await repaired(test)).repairedColumns).toBeGreaterThan(0);
    const info = await third.stat(name);
    expect(info && (await third.read(name, 0, 8))).not.toEqual(new Uint8Array(8).fill(7));
  });
});
