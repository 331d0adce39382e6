import { describe, expect, it } from 'vitest';
import { MemoryColumns } from '../../test/support/memory-columns.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  repairOf,
  type TestVault,
  writeBytes,
} from '../../test/support/vault.ts';
import type { LayoutId } from '../core/index.ts';
import { CHUNK_BYTES } from '../crypto/index.ts';
import { once } from './ensure-object.ts';
import {
  columnObjectName,
  NameLocks,
  repairLayout,
  type RepairOptions,
  type RepairOutcome,
  type WrittenAsset,
} from './index.ts';
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

function repaired(test: TestVault, asset: WrittenAsset, options: Partial<RepairOptions> = {}) {
  return repairLayout(asset, { ...repairOf(test), ...options });
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

  it('names a column that another repair was quicker to create', async () => {
    const { test, asset } = await createWorld();
    const name = columnObjectName(asset, 0);
    const home = homeOf(test, asset, 0);
    await home.delete(name);
    const others: (RepairOutcome | undefined)[] = [];
    const create = home.create.bind(home);
    home.create = async (...args) => {
      home.create = create;
      others.push(await repaired(test, asset));
      return create(...args);
    };
    const outcome = await repaired(test, asset);
    expect(others).toMatchObject([{ repaired: [{ column: 0 }] }]);
    expect(outcome).toMatchObject({ columnNodes: asset.columnNodes, repaired: [], unrepaired: [] });
  });

  it('names a column that another repair was quicker to put right', async () => {
    const { test, asset } = await createWorld();
    const home = homeOf(test, asset, 1);
    home.tamper(columnObjectName(asset, 1), (bytes) => bytes.with(5, (bytes[5] ?? 0) ^ 1));
    const replace = home.replace.bind(home);
    home.replace = async (...args) => {
      home.replace = replace;
      await repaired(test, asset);
      return replace(...args);
    };
    const outcome = await repaired(test, asset);
    expect(outcome).toMatchObject({ columnNodes: asset.columnNodes, repaired: [], unrepaired: [] });
    for (const node of test.nodes) {
      const isHome = node.id === asset.columnNodes[1];
      expect((await node.stat(columnObjectName(asset, 1))) !== undefined).toBe(isHome);
    }
  });

  it('says that a column is missing where something else came to lie in its place', async () => {
    const { test, asset } = await createWorld();
    const home = homeOf(test, asset, 2);
    await home.delete(columnObjectName(asset, 2));
    const create = home.create.bind(home);
    home.create = async (name, ...args) => {
      await create(name, once(patternBytes(50)));
      return create(name, ...args);
    };
    expect(await repaired(test, asset)).toMatchObject({
      columnNodes: asset.columnNodes.with(2, undefined),
      unrepaired: [{ column: 2, reason: 'missing' }],
    });
  });

  it('lets repairs that share turns look at an asset one after another', async () => {
    const { test, asset } = await createWorld();
    await homeOf(test, asset, 0).delete(columnObjectName(asset, 0));
    const turns = new NameLocks();
    let working = 0;
    const options: Partial<RepairOptions> = {
      turns,
      async locate() {
        expect(++working).toBe(1);
        return undefined;
      },
      async onOutcome() {
        await Promise.resolve();
        working--;
      },
    };
    const outcomes = await Promise.all([1, 2].map(() => repaired(test, asset, options)));
    expect(outcomes.map((outcome) => outcome?.repaired.length)).toEqual([1, 0]);
    expect(outcomes.map((outcome) => outcome?.unrepaired)).toEqual([[], []]);
  });

  it('restores nothing of a layout that is superseded', async () => {
    const { test, asset, register } = await createWorld();
    await homeOf(test, asset, 0).delete(columnObjectName(asset, 0));
    register.put({ ...asset, layoutId: 'f'.repeat(32) as LayoutId });
    expect(await repaired(test, asset, { locate: (id) => register.locate(id) })).toBeUndefined();
  });
});
