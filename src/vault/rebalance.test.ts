import { assert, asyncProperty, integer, nat } from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { ClefError, type NodeId, type Policy } from '../core/index.ts';
import { CHUNK_BYTES } from '../crypto/index.ts';
import { createCryptoLibrary, type CryptoLibrary } from '../../test/support/crypto-library.ts';
import { MemoryColumns } from '../../test/support/memory-columns.ts';
import { seededRandom } from '../../test/support/random.ts';
import { Stepper, steppedColumns, steppedNodes } from '../../test/support/stepped-world.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  testNodeId,
  writeBytes,
} from '../../test/support/vault.ts';
import { columnMoves } from './column-moves.ts';
import { once } from './ensure-object.ts';
import { tableErasureCode } from './erasure/index.ts';
import {
  columnObjectName,
  type ColumnRegister,
  createLayout,
  NodeSet,
  rebalance,
  type RebalanceOptions,
  signTombstone,
  writeTombstone,
  type WrittenAsset,
} from './index.ts';
import type { MemoryNode } from './nodes/memory.ts';
import { placeColumns } from './placement.ts';
import { settleLeftovers } from './rebalance.ts';

const POLICY: Policy = { k: 2, m: 1 };

let library: CryptoLibrary;
beforeAll(async () => {
  library = await createCryptoLibrary();
});

/** Assets over the first three of five nodes, and a register that names their columns. */
async function createWorld(count: number) {
  const nodes = memoryNodes(5);
  const test = await createTestVault(nodes.slice(0, 3), { policy: POLICY, padding: 'none', library });
  const register = new MemoryColumns();
  const plain = patternBytes(5 * CHUNK_BYTES);
  const assets: WrittenAsset[] = [];
  for (let i = 0; i < count; i++) {
    const asset = await writeBytes(test.vault, plain);
    register.put(asset);
    assets.push(asset);
  }
  return { test, nodes, register, assets, plain };
}

type World = Awaited<ReturnType<typeof createWorld>>;

async function setOf(
  nodes: readonly MemoryNode[],
  weightOf: (id: NodeId) => number = () => 1,
): Promise<NodeSet> {
  const set = new NodeSet({ now: () => 0 });
  for (const node of nodes) {
    const { id, failureDomain } = node;
    await set.mount({ id, failureDomain, weight: weightOf(id), open: async () => node });
  }
  return set;
}

function optionsOf(
  {
    test: {
      library: { libraryId, trust },
    },
  }: World,
  nodes: NodeSet,
  register: ColumnRegister,
): RebalanceOptions {
  return { nodes, libraryId, trust, register, erasure: tableErasureCode, now: () => 0 };
}

/** Every object on the nodes, by node. */
async function objectsOn(nodes: readonly MemoryNode[]): Promise<string[]> {
  const found: string[] = [];
  for (const node of nodes) for await (const { name } of node.list('')) found.push(`${node.id} ${name}`);
  return found.sort();
}

/** What should lie there: each named column once, on the nodes that placement wants. */
async function namedOf({ register, assets }: World): Promise<string[]> {
  const wanted: string[] = [];
  for (const { assetId } of assets) {
    const named = await register.locate(assetId);
    for (const [column, node] of named?.columnNodes.entries() ?? []) {
      if (named && node) wanted.push(`${node} ${columnObjectName(named, column)}`);
    }
  }
  return wanted.sort();
}

async function expectSettled(world: World, set: NodeSet): Promise<void> {
  const { register, assets, nodes } = world;
  expect(await objectsOn(nodes)).toEqual(await namedOf(world));
  expect(register.claimCount).toBe(0);
  for (const asset of assets) {
    const named = await register.locate(asset.assetId);
    const ideal = placeColumns(asset, set.known(), POLICY.k + POLICY.m).nodes.map(({ id }) => id);
    expect(named?.columnNodes.toSorted()).toEqual(ideal.toSorted());
  }
}

async function expectReadable({ test, nodes, register, assets, plain }: World): Promise<void> {
  const reader = await createTestVault(nodes, { policy: POLICY, library: test.library });
  for (const asset of assets) {
    const named = await register.locate(asset.assetId);
    if (!named) throw new Error('the asset is gone');
    expect(sameBytes(await readBytes(reader.vault, { ...asset, ...named }), plain)).toBe(true);
  }
}

describe('rebalance', () => {
  it('moves columns to nodes that are new, each once, and leaves nothing behind', async () => {
    const world = await createWorld(12);
    const set = await setOf(world.nodes);
    const before = await namedOf(world);
    const report = await rebalance(optionsOf(world, set, world.register));
    await expectSettled(world, set);
    await expectReadable(world);
    const stayed = (await namedOf(world)).filter((one) => before.includes(one)).length;
    expect(report).toMatchObject({
      movedColumns: before.length - stayed,
      erasedCopies: 0,
      waitingColumns: 0,
    });
    expect(report.movedColumns).toBeGreaterThan(0);
    // Nothing is left to do.
    expect(await rebalance(optionsOf(world, set, world.register))).toMatchObject({
      movedColumns: 0,
      erasedCopies: 0,
    });
  });

  it('empties a node that is drained', async () => {
    const world = await createWorld(6);
    const set = await setOf(world.nodes, (id) => (id === testNodeId(0) ? 0 : 1));
    await rebalance(optionsOf(world, set, world.register));
    await expectSettled(world, set);
    expect(await objectsOn(world.nodes.slice(0, 1))).toEqual([]);
  });

  it('empties a node of what has a tombstone too, and may be played for a week', async () => {
    const world = await createWorld(6);
    const set = await setOf(world.nodes, (id) => (id === testNodeId(0) ? 0 : 1));
    const { libraryId, trust, signer } = world.test.library;
    const tombstoneNames: string[] = [];
    for (const { assetId } of world.assets.slice(0, 3)) {
      const tombstone = await signTombstone({ libraryId, assetId, atMs: 0 }, signer);
      await writeTombstone(tombstone, { nodes: set, trust, copies: 2 });
      tombstoneNames.push(`${libraryId}/tombstones/${assetId}`);
    }
    expect(await rebalance(optionsOf(world, set, world.register))).toMatchObject({ waitingColumns: 0 });
    const left = (await objectsOn(world.nodes.slice(0, 1))).map((key) => key.split(' ')[1]);
    expect(left).toEqual(tombstoneNames.toSorted());
    await expectReadable(world);
  });

  it('keeps the copy that is whole where two lie, whichever the catalogue named', async () => {
    const world = await createWorld(1);
    const [asset] = world.assets as [WrittenAsset];
    const set = await setOf(world.nodes);
    const home = world.nodes.find(({ id }) => id === asset.columnNodes[0]) as MemoryNode;
    const other = world.nodes.find(({ id }) => !asset.columnNodes.includes(id)) as MemoryNode;
    const name = columnObjectName(asset, 0);
    const { lengthBytes } = (await home.stat(name)) ?? { lengthBytes: 0 };
    await other.create(name, once(await home.read(name, 0, lengthBytes)));
    home.tamper(name, (bytes) => bytes.subarray(0, 100));
    expect(await rebalance(optionsOf(world, set, world.register))).toMatchObject({ waitingColumns: 0 });
    await expectSettled(world, set);
    await expectReadable(world);
  });

  it('removes what lies twice, and counts it', async () => {
    const world = await createWorld(1);
    const [asset] = world.assets as [WrittenAsset];
    const home = world.nodes.find(({ id }) => id === asset.columnNodes[0]) as MemoryNode;
    const other = world.nodes[4] as MemoryNode;
    const name = columnObjectName(asset, 0);
    const { lengthBytes } = (await home.stat(name)) ?? { lengthBytes: 0 };
    await other.create(name, once(await home.read(name, 0, lengthBytes)));
    const set = await setOf([...world.nodes.slice(0, 3), other], (id) => (id === other.id ? 0 : 1));
    expect(await rebalance(optionsOf(world, set, world.register))).toMatchObject({ erasedCopies: 1 });
    await expectSettled(world, set);
  });

  it('leaves a double alone while the copy that counts is not whole to the last byte', async () => {
    const world = await createWorld(1);
    const [asset] = world.assets as [WrittenAsset];
    const home = world.nodes.find(({ id }) => id === asset.columnNodes[0]) as MemoryNode;
    const set = await setOf(world.nodes.slice(0, 4));
    const name = columnObjectName(asset, 0);
    const { lengthBytes } = (await home.stat(name)) ?? { lengthBytes: 0 };
    const whole = await home.read(name, 0, lengthBytes);
    const other = world.nodes.slice(0, 4).find(({ id }) => !asset.columnNodes.includes(id)) as MemoryNode;
    await other.create(name, once(whole));
    home.tamper(name, (bytes) => bytes.with(5, (bytes[5] ?? 0) ^ 1));
    await rebalance(optionsOf(world, set, world.register));
    expect(await other.stat(name)).toBeDefined();
    await expectReadable(world);
  });

  it('does not count a copy that a node does not give back as it was written', async () => {
    const world = await createWorld(3);
    const lying = world.nodes[3] as MemoryNode;
    const set = await setOf(world.nodes.slice(0, 4));
    const create = lying.create.bind(lying);
    lying.create = async (name, source, options) => {
      const info = await create(name, source, options);
      lying.tamper(name, (bytes) => bytes.with(7, (bytes[7] ?? 0) ^ 1));
      return info;
    };
    const report = await rebalance(optionsOf(world, set, world.register));
    expect(report.movedColumns).toBe(0);
    expect(await objectsOn([lying])).toEqual([]);
    await expectReadable(world);
  });
});

describe('what killed workers had claimed', () => {
  /** Of every asset a copy of the first column, on a node that has none of it, by a worker that has ended. */
  async function withLeftovers(count: number) {
    const world = await createWorld(count);
    const target = world.nodes[3] as MemoryNode;
    using worker = world.register.enter();
    for (const asset of world.assets) {
      const { assetId, layoutId, columnNodes } = asset;
      const name = columnObjectName(asset, 0);
      const home = world.nodes.find(({ id }) => id === columnNodes[0]) as MemoryNode;
      const { lengthBytes } = (await home.stat(name)) ?? { lengthBytes: 0 };
      await worker.claim([{ assetId, layoutId, column: 0, nodeId: target.id }]);
      await target.create(name, once(await home.read(name, 0, lengthBytes)));
    }
    const set = await setOf(world.nodes, (id) =>
      world.nodes.findIndex((node) => node.id === id) < 3 ? 1 : 0,
    );
    return { world, target, set };
  }

  async function settled(world: World, set: NodeSet, register: ColumnRegister = world.register) {
    using worker = world.register.enter();
    await settleLeftovers(optionsOf(world, set, register), worker);
  }

  it('is there for the next worker where one is killed while it looks through it', async () => {
    const { world, target, set } = await withLeftovers(3);
    let looked = 0;
    const dying: ColumnRegister = {
      enter: () => world.register.enter(),
      locate(assetId) {
        if (++looked === 2) throw new Error('killed');
        return world.register.locate(assetId);
      },
    };
    await expect(settled(world, set, dying)).rejects.toThrow('killed');
    expect(world.register.claimCount).toBe(2);
    expect(await objectsOn([target])).toHaveLength(2);
    await settled(world, set);
    await expectSettled(world, set);
  });

  it('waits for a node that is away', async () => {
    const { world, target, set } = await withLeftovers(2);
    target.online = false;
    await set.probe();
    await settled(world, set);
    expect(world.register.claimCount).toBe(2);
    target.online = true;
    await set.probe();
    await settled(world, set);
    await expectSettled(world, set);
  });

  it('waits for a node that did not delete it', async () => {
    const { world, target, set } = await withLeftovers(1);
    const remove = target.delete.bind(target);
    target.delete = () => Promise.reject(new ClefError('node-io', 'it does not'));
    await settled(world, set);
    expect(world.register.claimCount).toBe(1);
    target.delete = remove;
    await settled(world, set);
    await expectSettled(world, set);
  });

  it('is left to a node that is no longer used', async () => {
    const { world, target } = await withLeftovers(1);
    await settled(world, await setOf(world.nodes.filter((node) => node !== target)));
    expect(world.register.claimCount).toBe(0);
    expect(await objectsOn([target])).toHaveLength(1);
  });
});

/** Each asset has every column that the register names, and as long as it was. */
async function lookFor({ nodes, register, assets }: World): Promise<void> {
  for (const { assetId } of assets) {
    const named = await register.locate(assetId);
    for (const [column, id] of named?.columnNodes.entries() ?? []) {
      const node = nodes.find((one) => one.id === id);
      const info = named && (await node?.stat(columnObjectName(named, column)));
      if (!info) throw new Error(`column ${column} is not where it is named`);
    }
  }
}

test('two workers that see the nodes differently, killed at any step, lose nothing and leave nothing', async () => {
  await assert(
    asyncProperty(integer({ min: 1 }), nat(60), nat(60), async (seed, first, second) => {
      const world = await createWorld(2);
      const random = seededRandom(seed);
      const stepper = new Stepper(random);
      // One drains a node that the other fills.
      const views = [0, 1].map((worker) => (id: NodeId) => (id === testNodeId(worker * 3) ? 0 : 1));
      const work = async (worker: number): Promise<void> => {
        const nodes = await steppedNodes(world.nodes, {
          stepper,
          worker,
          now: () => 0,
          weightOf: views[worker] ?? (() => 1),
        });
        const register = steppedColumns(world.register, stepper, worker);
        await rebalance(optionsOf(world, nodes, register));
      };
      const killAfter = [first, second].map((steps) => (steps > 40 ? undefined : steps));
      await stepper.run([work, work], { killAfter, look: () => lookFor(world) });
      await expectReadable(world);

      world.register.endAll();
      const set = await setOf(world.nodes);
      await rebalance(optionsOf(world, set, world.register));
      await expectSettled(world, set);
      await expectReadable(world);
    }),
    { numRuns: 25 },
  );
});

test('a node more costs each asset one move at most', () => {
  const nodes = Array.from({ length: 8 }, (_, i) => ({
    id: testNodeId(i),
    weight: 1 + (i % 3),
    failureDomain: `d${i}`,
  }));
  const layout = createLayout({ k: 4, m: 2 }, 2 ** 22);
  let moved = 0;
  for (let i = 0; i < 200; i++) {
    const key = { assetId: testNodeId(i), layoutId: testNodeId(1_000 + i) } as never;
    const homes = placeColumns(key, nodes.slice(0, 7), 6).nodes.map(({ id }) => id);
    const moves = columnMoves(key, layout, nodes, homes);
    expect(moves.length).toBeLessThanOrEqual(1);
    expect(moves.every(({ to }) => to === nodes[7]?.id)).toBe(true);
    moved += moves.length;
  }
  expect(moved).toBeGreaterThan(50);
});
