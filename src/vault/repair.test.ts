import { describe, expect, it } from 'vitest';
import { MemoryColumns } from '../../test/support/memory-columns.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  type TestVault,
  writeBytes,
} from '../../test/support/vault.ts';
import type { LayoutId } from '../core/index.ts';
import { CHUNK_BYTES } from '../crypto/index.ts';
import { once } from './ensure-object.ts';
import { tableErasureCode } from './erasure/index.ts';
import { columnObjectName, repairLayout, type RepairOptions, type WrittenAsset } from './index.ts';
import type { MemoryNode } from './nodes/memory.ts';

const POLICY = { k: 2, m: 1 };

/** One asset over the first nodes, and a register that names its columns. */
async function createWorld() {
  const nodes = memoryNodes(5);
  const test = await createTestVault(nodes, { policy: POLICY, padding: 'none' });
  const asset = await writeBytes(test.vault, patternBytes(5 * CHUNK_BYTES));
  const register = new MemoryColumns();
  register.put(asset);
  return { test, asset, register };
}

function repaired({ set, library }: TestVault, asset: WrittenAsset, options: Partial<RepairOptions> = {}) {
  return repairLayout(asset, {
    nodes: set,
    libraryId: library.libraryId,
    trust: library.trust,
    now: () => 0,
    erasure: tableErasureCode,
    depth: 'full',
    onOutcome: () => undefined,
    ...options,
  });
}

function homeOf({ nodes }: TestVault, asset: WrittenAsset, column: number): MemoryNode {
  const node = nodes.find(({ id }) => id === asset.columnNodes[column]);
  if (!node) throw new Error(`column ${column} is on no node`);
  return node;
}

describe('the repair of a layout', () => {
  it('names the copy that is named already where another is whole too', async () => {
    const { test, asset, register } = await createWorld();
    const name = columnObjectName(asset, 0);
    const home = homeOf(test, asset, 0);
    const { lengthBytes } = (await home.stat(name)) ?? { lengthBytes: 0 };
    for (const node of test.nodes) {
      if (node !== home) await node.create(name, once(await home.read(name, 0, lengthBytes)));
    }
    const outcome = await repaired(test, asset, { locate: (id) => register.locate(id) });
    expect(outcome).toMatchObject({ before: asset.columnNodes, columnNodes: asset.columnNodes });
    // The same where it had to be put right first.
    home.tamper(name, (bytes) => bytes.subarray(0, 100));
    const again = await repaired(test, asset, { locate: (id) => register.locate(id) });
    expect(again).toMatchObject({ columnNodes: asset.columnNodes, repaired: [{ column: 0 }] });
  });

  it('tells of the names as they were before it looked', async () => {
    const { test, asset, register } = await createWorld();
    const away = test.nodes.find(({ id }) => !asset.columnNodes.includes(id));
    const outcome = await repaired(test, asset, {
      async locate(id) {
        const before = await register.locate(id);
        register.put({ ...asset, columnNodes: asset.columnNodes.with(0, away?.id) });
        return before;
      },
    });
    expect(outcome?.before).toEqual(asset.columnNodes);
  });

  it('restores nothing of a layout that is superseded', async () => {
    const { test, asset, register } = await createWorld();
    await homeOf(test, asset, 0).delete(columnObjectName(asset, 0));
    register.put({ ...asset, layoutId: 'f'.repeat(32) as LayoutId });
    expect(await repaired(test, asset, { locate: (id) => register.locate(id) })).toBeUndefined();
  });
});
