import { array, assert, asyncProperty, integer, nat } from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { type AssetLocation, type Bytes, concatBytes, type Policy } from '../core/index.ts';
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
import { tableErasureCode } from './erasure/index.ts';
import {
  columnObjectName,
  type ColumnRegister,
  createLayout,
  type NodeSet,
  rebalance,
  relayout,
  type WrittenAsset,
} from './index.ts';
import type { MemoryNode } from './nodes/memory.ts';
import { readOn } from './read-on.ts';

const [BEFORE, AFTER]: readonly [Policy, Policy] = [
  { k: 2, m: 1 },
  { k: 3, m: 2 },
];

let library: CryptoLibrary;
beforeAll(async () => {
  library = await createCryptoLibrary();
});

/** Assets of several lengths at 2+1 over six nodes. */
async function createWorld(chunks: readonly number[]) {
  const nodes = memoryNodes(6);
  const test = await createTestVault(nodes, { policy: BEFORE, padding: 'none', library });
  const register = new MemoryColumns();
  const assets: { readonly asset: WrittenAsset; readonly plain: Bytes }[] = [];
  for (const count of chunks) {
    const plain = patternBytes(count * CHUNK_BYTES - 7, count);
    const asset = await writeBytes(test.vault, plain);
    register.put(asset);
    assets.push({ asset, plain });
  }
  return { test, nodes, register, assets };
}

type World = Awaited<ReturnType<typeof createWorld>>;

function relaid(world: World, nodes: NodeSet, register: ColumnRegister, policy: Policy = AFTER) {
  const { libraryId, trust, signer } = library;
  async function* assets(): AsyncGenerator<AssetLocation> {
    for (const { asset } of world.assets) {
      const named = await register.locate(asset.assetId);
      if (named) yield named;
    }
  }
  const base = { nodes, libraryId, trust, register, erasure: tableErasureCode, now: () => 0 };
  return relayout({ ...base, signer, policy: () => policy, assets: assets() });
}

async function expectSettled({ nodes, register, assets }: World): Promise<void> {
  const wanted: string[] = [];
  for (const { asset } of assets) {
    const named = await register.locate(asset.assetId);
    for (const [column, node] of named?.columnNodes.entries() ?? []) {
      if (named && node) wanted.push(`${node} ${columnObjectName(named, column)}`);
    }
  }
  const found: string[] = [];
  for (const node of nodes) for await (const { name } of node.list('')) found.push(`${node.id} ${name}`);
  expect(found.toSorted()).toEqual(wanted.toSorted());
  expect(register.claimCount).toBe(0);
}

async function expectReadable({ nodes, register, assets }: World): Promise<void> {
  const reader = await createTestVault(nodes, { policy: BEFORE, library });
  for (const { asset, plain } of assets) {
    const named = await register.locate(asset.assetId);
    if (!named) throw new Error('the asset is gone');
    expect(sameBytes(await readBytes(reader.vault, { ...asset, ...named }), plain)).toBe(true);
  }
}

describe('a policy change', () => {
  it('deals every asset out anew, readable under the same key, and leaves nothing of the old layout', async () => {
    const world = await createWorld([1, 5, 13, 40]);
    const report = await relaid(world, world.test.set, world.register);
    expect(report).toMatchObject({ looked: 4, changed: 4, waiting: 0 });
    for (const { asset } of world.assets) {
      const named = await world.register.locate(asset.assetId);
      expect(named?.policy).toEqual(AFTER);
      expect(named?.header).toEqual(asset.header);
      const layout = createLayout(AFTER, asset.lengthBytes);
      expect(named?.columnNodes.filter(Boolean)).toHaveLength(layout.storedColumns.length);
    }
    await expectSettled(world);
    await expectReadable(world);
    expect(await relaid(world, world.test.set, world.register)).toMatchObject({ changed: 0 });
  });

  it('works with a column lost and another one damaged where nobody had noticed', async () => {
    const world = await createWorld([40]);
    // At 3+2 first, so that two may be wrong.
    await relaid(world, world.test.set, world.register);
    const [{ asset }] = world.assets as [World['assets'][number]];
    const named = (await world.register.locate(asset.assetId)) as AssetLocation;
    const holder = (column: number) =>
      world.nodes.find(({ id }) => id === named.columnNodes[column]) as MemoryNode;
    await holder(0).delete(columnObjectName(named, 0));
    holder(1).tamper(columnObjectName(named, 1), (bytes) => bytes.with(9, (bytes[9] ?? 0) ^ 1));
    expect(await relaid(world, world.test.set, world.register, BEFORE)).toMatchObject({ changed: 1 });
    await expectSettled(world);
    await expectReadable(world);
  });

  it('waits where nodes are away, and leaves the old layout as it is', async () => {
    const world = await createWorld([5]);
    const away = world.nodes.slice(3);
    const id = world.assets[0]?.asset.assetId as WrittenAsset['assetId'];
    const before = await world.register.locate(id);
    for (const node of away) node.online = false;
    await world.test.set.probe();
    expect(await relaid(world, world.test.set, world.register)).toMatchObject({ changed: 0, waiting: 1 });
    expect(await world.register.locate(id)).toEqual(before);
    for (const node of away) node.online = true;
    world.test.clock.nowMs += 60_000;
    await world.test.set.probe();
    expect(await relaid(world, world.test.set, world.register)).toMatchObject({ changed: 1 });
    await expectSettled(world);
  });

  it('cuts no read that is under way', async () => {
    const world = await createWorld([40]);
    const [{ asset, plain }] = world.assets as [World['assets'][number]];
    const got: Bytes[] = [];
    const pieces = readOn(
      asset,
      { startBytes: 0, endBytes: plain.length },
      (location, range) => world.test.vault.read(location, asset.trackKey, range),
      async () => ({ ...asset, ...((await world.register.locate(asset.assetId)) as AssetLocation) }),
    );
    for await (const piece of pieces) {
      got.push(piece.slice());
      if (got.length === 3) await relaid(world, world.test.set, world.register);
    }
    expect(sameBytes(concatBytes(...got), plain)).toBe(true);
  });
});

test('two workers at one policy change, one at a rebalance, killed at any step, lose nothing and leave nothing', async () => {
  await assert(
    asyncProperty(
      integer({ min: 1 }),
      array(nat(60), { minLength: 3, maxLength: 3 }),
      async (seed, steps) => {
        const world = await createWorld([5, 1]);
        const stepper = new Stepper(seededRandom(seed));
        const nodesOf = (worker: number, weightOf = () => 1) =>
          steppedNodes(world.nodes, { stepper, worker, now: () => 0, weightOf });
        const change = async (worker: number): Promise<void> => {
          await relaid(world, await nodesOf(worker), steppedColumns(world.register, stepper, worker));
        };
        const drain = async (worker: number): Promise<void> => {
          const nodes = await nodesOf(worker);
          nodes.weigh(testNodeId(0), 0);
          const { libraryId, trust } = library;
          const register = steppedColumns(world.register, stepper, worker);
          await rebalance({ nodes, libraryId, trust, register, erasure: tableErasureCode, now: () => 0 });
        };
        await stepper.run([change, change, drain], {
          killAfter: steps.map((count) => (count > 45 ? undefined : count)),
          look: async () => {
            for (const { asset } of world.assets) {
              const named = (await world.register.locate(asset.assetId)) as AssetLocation;
              for (const [column, id] of named.columnNodes.entries()) {
                const node = world.nodes.find((one) => one.id === id);
                if (node && !(await node.stat(columnObjectName(named, column))))
                  throw new Error(`column ${column} is not where it is named`);
              }
            }
          },
        });
        await expectReadable(world);

        world.register.endAll();
        await relaid(world, world.test.set, world.register);
        await expectSettled(world);
        await expectReadable(world);
      },
    ),
    { numRuns: 15 },
  );
});
