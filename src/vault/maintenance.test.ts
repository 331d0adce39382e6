import { describe, expect, it } from 'vitest';
import { type AssetId, type Bytes, ClefError, type Policy } from '../core/index.ts';
import { CHUNK_BYTES, generateSigningKey, type SigningKey } from '../crypto/index.ts';
import { FaultyNode } from '../../test/support/faulty-node.ts';
import { mutate } from '../../test/support/mutate.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  type TestVault,
  testNodeId,
  writeBytes,
} from '../../test/support/vault.ts';
import { once } from './ensure-object.ts';
import { tableErasureCode } from './erasure/index.ts';
import {
  type AssetStanding,
  columnObjectName,
  type DamageReport,
  loadTombstones,
  mapAsset,
  NodeSet,
  repair,
  type RepairOutcome,
  repairReported,
  type RepairReport,
  scrub,
  type ScrubReport,
  signTombstone,
  sweep,
  type SweepReport,
  vaultStatus,
  type WrittenAsset,
  writeTombstone,
} from './index.ts';
import { createMemoryNode, type MemoryNode } from './nodes/memory.ts';
import type { StorageNode } from './nodes/port.ts';

const POLICY_2_1: Policy = { k: 2, m: 1 };
const POLICY_4_2: Policy = { k: 4, m: 2 };
const DAY_MS = 24 * 3_600_000;

type Test = TestVault;

function maintenanceOf({ set, library, clock }: Test) {
  const { libraryId, trust } = library;
  return { nodes: set, libraryId, trust, now: () => clock.nowMs };
}

async function scrubbed(
  test: Test,
  depth: 'sample' | 'full' = 'full',
): Promise<{ report: ScrubReport; damage: string[] }> {
  const reports: DamageReport[] = [];
  const report = await scrub({
    ...maintenanceOf(test),
    depth,
    random: () => 0.5,
    onDamage: (found) => reports.push(found),
  });
  return { report, damage: reports.map(({ column, reason }) => `${column} ${reason}`).toSorted() };
}

async function repaired(
  test: Test,
  options: { readonly giveUpAbsent?: boolean } = {},
): Promise<{ report: RepairReport; outcomes: RepairOutcome[] }> {
  const outcomes: RepairOutcome[] = [];
  const report = await repair({
    ...maintenanceOf(test),
    erasure: tableErasureCode,
    depth: 'full',
    onOutcome: (outcome) => void outcomes.push(outcome),
    ...options,
  });
  return { report, outcomes };
}

async function swept(
  test: Test,
  standing: (assetId: AssetId) => AssetStanding,
  options: { readonly confirmed?: boolean } = {},
): Promise<SweepReport & { unknown: string[] }> {
  const unknown: string[] = [];
  const report = await sweep({
    ...maintenanceOf(test),
    standingOf: standing,
    onUnknown: ({ name }) => void unknown.push(name.assetId),
    ...options,
  });
  return { ...report, unknown };
}

async function contentOf(nodes: readonly MemoryNode[]): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  for (const node of nodes) {
    for await (const { name, lengthBytes } of node.list('')) {
      content.set(
        `${node.id} ${name}`,
        Buffer.from(await node.read(name, 0, lengthBytes)).toString('latin1'),
      );
    }
  }
  return content;
}

function nodeOf(test: Test, asset: WrittenAsset, column: number): MemoryNode {
  const node = test.nodes.find(({ id }) => id === asset.columnNodes[column]);
  if (!node) throw new Error(`column ${column} is on no node`);
  return node;
}

function flip(test: Test, asset: WrittenAsset, column: number, at: number): void {
  nodeOf(test, asset, column).tamper(columnObjectName(asset, column), (bytes) => {
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] ?? 0) ^ 4;
    return bytes;
  });
}

describe('scrub', () => {
  it('finds nothing wrong with what was just written, and reads every chunk of it', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1, padding: 'none' });
    await writeBytes(test.vault, patternBytes(20 * CHUNK_BYTES));
    await writeBytes(test.vault, patternBytes(3));
    const { report, damage } = await scrubbed(test);
    expect(damage).toEqual([]);
    expect(report).toMatchObject({
      layouts: 2,
      healthy: 2,
      damaged: 0,
      lost: 0,
      unverified: 0,
      partsDone: 256,
    });
    expect(report.bytesRead).toBeGreaterThan(32 * CHUNK_BYTES);
  });

  it.each([
    ['a cell', 70_000],
    ['the hash table', -5_000],
    ['the manifest', -300],
    ['the footer', -40],
    ['the magic', -64],
  ])('finds a bit flipped in %s', async (_, at) => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(400 * CHUNK_BYTES));
    flip(test, asset, 1, at);
    const { report, damage } = await scrubbed(test);
    expect(damage).toEqual(['1 tampered']);
    expect(report).toMatchObject({ healthy: 0, damaged: 1 });
  });

  it('tells columns that are short, gone, or may be on a node that is away', async () => {
    const test = await createTestVault(memoryNodes(6), { policy: POLICY_4_2 });
    const asset = await writeBytes(test.vault, patternBytes(60 * CHUNK_BYTES));
    nodeOf(test, asset, 0).tamper(columnObjectName(asset, 0), (bytes) => bytes.subarray(0, 100_000));
    await nodeOf(test, asset, 3).delete(columnObjectName(asset, 3));
    expect((await scrubbed(test)).damage).toEqual(['0 truncated', '3 missing']);
    nodeOf(test, asset, 5).online = false;
    const { report, damage } = await scrubbed(test);
    expect(damage).toEqual(['0 truncated', '3 unreachable', '5 unreachable']);
    expect(report.lost).toBe(1);
  });

  it('can go on where it was stopped', async () => {
    const test = await createTestVault(memoryNodes(1), { policy: { k: 1, m: 0 } });
    for (let i = 0; i < 6; i++) await writeBytes(test.vault, patternBytes(10, i));
    const controller = new AbortController();
    let partsDone = 0;
    let layouts = 0;
    const options = {
      ...maintenanceOf(test),
      depth: 'sample' as const,
      random: () => 0,
      onDamage: () => undefined,
    };
    const first = scrub({
      ...options,
      signal: controller.signal,
      onProgress: (progress) => {
        ({ partsDone, layouts } = progress);
        if (layouts >= 2) controller.abort(new Error('killed'));
      },
    });
    await expect(first).rejects.toThrow('killed');
    const second = await scrub({ ...options, fromPart: partsDone });
    expect(layouts + second.layouts).toBe(6);
  });
});

describe('repair', () => {
  it('restores a missing column bit for bit, without any key', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(27 * CHUNK_BYTES + 5));
    const before = await contentOf(test.nodes);
    for (let column = 0; column < 3; column++) {
      await nodeOf(test, asset, column).delete(columnObjectName(asset, column));
      const { report, outcomes } = await repaired(test);
      expect(report).toMatchObject({ repairedColumns: 1, unrepairedColumns: 0 });
      expect(outcomes[0]?.columnNodes).toEqual(asset.columnNodes);
      expect(await contentOf(test.nodes)).toEqual(before);
    }
    expect((await repaired(test)).outcomes).toEqual([]);
  });

  it.each([{ k: 1, m: 2 }, POLICY_2_1, POLICY_4_2])(
    'undoes any single mutation of an object at $k+$m',
    async (policy) => {
      const test = await createTestVault(memoryNodes(policy.k + policy.m), { policy });
      await writeBytes(test.vault, patternBytes(18 * CHUNK_BYTES + 5));
      await writeBytes(test.vault, patternBytes(100));
      const before = await contentOf(test.nodes);
      const objects = [...before].map(([key, text]) => {
        const [id, name = ''] = key.split(' ');
        return {
          node: test.nodes.findIndex((node) => node.id === id),
          name,
          bytes: new Uint8Array(Buffer.from(text, 'latin1')),
        };
      });
      for (let seed = 0; seed < 24; seed++) {
        const mutation = mutate(objects, seed);
        if (mutation.changes.length > 1) continue;
        for (const { node, name, bytes } of mutation.changes) {
          await test.nodes[node]?.delete(name);
          if (bytes) await test.nodes[node]?.create(name, once(bytes));
        }
        await repaired(test);
        expect(await contentOf(test.nodes), mutation.what).toEqual(before);
      }
    },
  );

  it('puts two damaged columns right from what is right in each of them', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    const before = await contentOf(test.nodes);
    flip(test, asset, 0, 10);
    flip(test, asset, 1, 900_000);
    const { report } = await repaired(test);
    expect(report).toMatchObject({ repairedColumns: 2, unrepairedColumns: 0 });
    expect(await contentOf(test.nodes)).toEqual(before);
  });

  it('fills a new node that took the place of a lost one', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const plaintext = patternBytes(40 * CHUNK_BYTES);
    const asset = await writeBytes(test.vault, plaintext);
    const [, kept, alsoKept] = test.nodes;
    const fresh = createMemoryNode({ id: testNodeId(9) });
    const survivors = [kept, alsoKept, fresh].filter((node) => node !== undefined);
    const after = await createTestVault(survivors, { policy: POLICY_2_1, library: test.library });
    const { outcomes } = await repaired(after);
    expect(outcomes[0]?.repaired.map(({ nodeId }) => nodeId)).toEqual([fresh.id]);
    expect(outcomes[0]?.columnNodes).not.toContain(undefined);
    if (kept) kept.online = false;
    expect(sameBytes(await readBytes(after.vault, asset), plaintext)).toBe(true);
  });

  it('waits for a node that is away, unless it is told that it is lost', async () => {
    const test = await createTestVault(memoryNodes(4), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    nodeOf(test, asset, 1).online = false;
    await test.set.probe();
    const waiting = await repaired(test);
    expect(waiting.outcomes).toEqual([]);
    expect(waiting.report).toMatchObject({ repairedColumns: 0, unrepairedColumns: 1 });
    const told = await repaired(test, { giveUpAbsent: true });
    expect(told.outcomes[0]?.repaired).toHaveLength(1);
    expect(told.outcomes[0]?.unrepaired).toEqual([]);
  });

  it('puts right what readers reported, once', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(20 * CHUNK_BYTES));
    const other = await writeBytes(test.vault, patternBytes(20 * CHUNK_BYTES, 2));
    const before = await contentOf(test.nodes);
    flip(test, asset, 0, 10);
    await nodeOf(test, other, 1).delete(columnObjectName(other, 1));
    await readBytes(test.vault, asset);
    await readBytes(test.vault, other);
    const outcomes: RepairOutcome[] = [];
    const options = {
      ...maintenanceOf(test),
      erasure: tableErasureCode,
      depth: 'full' as const,
      onOutcome: (outcome: RepairOutcome) => void outcomes.push(outcome),
    };
    expect(await repairReported(test.vault.damage, options)).toBe(2);
    expect(outcomes).toHaveLength(2);
    expect(await contentOf(test.nodes)).toEqual(before);
    expect(await repairReported(test.vault.damage, options)).toBe(0);
  });

  it('does not restore a column of an asset that was removed', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(20 * CHUNK_BYTES));
    await removeAsset(test, asset);
    await nodeOf(test, asset, 1).delete(columnObjectName(asset, 1));
    await readBytes(test.vault, asset);
    const restored = await repairReported(test.vault.damage, {
      ...maintenanceOf(test),
      erasure: tableErasureCode,
      depth: 'full',
      onOutcome: () => undefined,
    });
    expect(restored).toBe(0);
    expect((await repaired(test)).report.repairedColumns).toBe(0);
  });

  it('completes what a degraded write left out, and leaves alone what nobody can restore', async () => {
    const nodes = memoryNodes(6).map((node) => new FaultyNode(node));
    const test = await createTestVault(nodes, { policy: POLICY_4_2 });
    const failing = nodes[1];
    if (failing) failing.faults.createFailsAfter = { bytes: 0, error: new Error('broken') };
    const asset = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    expect(asset.degraded).toBe(true);
    if (failing) delete failing.faults.createFailsAfter;
    const asTest = test as unknown as Test; // decorated nodes are nodes
    const { outcomes } = await repaired(asTest);
    expect(outcomes[0]?.repaired).toHaveLength(1);
    expect(new Set(outcomes[0]?.columnNodes).size).toBe(6);
    for (const column of [0, 1, 2]) {
      const node = nodes.find(({ id }) => id === outcomes[0]?.columnNodes[column]);
      await node?.delete(columnObjectName(asset, column));
    }
    const before = await contentOf(nodes.map(({ inner }) => inner));
    const { report } = await repaired(asTest);
    expect(report).toMatchObject({ repairedColumns: 0, unrepairedColumns: 3 });
    expect(await contentOf(nodes.map(({ inner }) => inner))).toEqual(before);
  });
});

async function removeAsset(test: Test, asset: WrittenAsset, signer: SigningKey = test.library.signer) {
  const { libraryId, assetId } = asset;
  const tombstone = await signTombstone({ libraryId, assetId, atMs: test.clock.nowMs }, signer);
  await writeTombstone(tombstone, { nodes: test.set, trust: test.library.trust, copies: 2 });
}

const unknown = (): AssetStanding => 'unknown';
const orphaned = (): AssetStanding => 'orphaned';

describe('sweep', () => {
  it('deletes nothing on the word of an empty catalogue, however old, and reports what it does not know', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const assets = [
      await writeBytes(test.vault, patternBytes(30 * CHUNK_BYTES)),
      await writeBytes(test.vault, patternBytes(3)),
    ];
    const before = await contentOf(test.nodes);
    test.clock.nowMs = Date.now() + 400 * DAY_MS;
    const report = await swept(test, unknown);
    expect(report).toMatchObject({ incompleteRemoved: 0, tombstonedRemoved: 0, unknownAssets: 2 });
    expect(report.unknown.toSorted()).toEqual(assets.map(({ assetId }) => assetId).toSorted());
    expect(await contentOf(test.nodes)).toEqual(before);
  });

  it('removes what a write that was cut off left behind, a day later, with every node answering', async () => {
    const test = await createTestVault(memoryNodes(6), { policy: POLICY_4_2 });
    const asset = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    const whole = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES, 2));
    for (const column of [1, 2, 5]) await nodeOf(test, asset, column).delete(columnObjectName(asset, column));
    const standing = (id: AssetId): AssetStanding => (id === whole.assetId ? 'referenced' : 'unknown');
    const keptBecause = async (): Promise<unknown> => (await swept(test, standing)).keepings;
    test.clock.nowMs = Date.now();
    expect(await keptBecause()).toMatchObject([{ why: 'too-young' }]);
    test.clock.nowMs = Date.now() + 2 * DAY_MS;
    nodeOf(test, asset, 1).online = false;
    expect(await keptBecause()).toMatchObject([{ why: 'nodes-away' }]);
    nodeOf(test, asset, 1).online = true;
    expect(await swept(test, standing)).toMatchObject({ incompleteRemoved: 1, unknownAssets: 0 });
    const names = [...(await contentOf(test.nodes)).keys()];
    expect(names).toHaveLength(6);
    expect(names.every((name) => name.includes(whole.assetId))).toBe(true);
  });

  it('does not take columns for unfinished because most nodes are not mounted here', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    const [only] = test.nodes;
    const alone = await createTestVault(only ? [only] : [], { policy: POLICY_2_1, library: test.library });
    alone.clock.nowMs = Date.now() + 400 * DAY_MS;
    expect(await swept(alone, unknown)).toMatchObject({
      incompleteRemoved: 0,
      keepings: [{ why: 'nodes-away' }],
    });
  });

  it('does not take columns for unfinished because they are damaged', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    flip(test, asset, 0, -10);
    flip(test, asset, 1, -10);
    test.clock.nowMs = Date.now() + 400 * DAY_MS;
    expect(await swept(test, unknown)).toMatchObject({
      incompleteRemoved: 0,
      keepings: [{ why: 'damaged' }],
    });
  });

  it('wants a yes where a great part of everything seems unfinished', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    for (let i = 0; i < 30; i++) {
      const asset = await writeBytes(test.vault, patternBytes(6 * CHUNK_BYTES, i));
      for (const column of [0, 1]) await nodeOf(test, asset, column).delete(columnObjectName(asset, column));
    }
    test.clock.nowMs = Date.now() + 2 * DAY_MS;
    await expect(swept(test, unknown)).rejects.toMatchObject({ code: 'not-allowed' });
    expect((await contentOf(test.nodes)).size).toBe(30);
    expect(await swept(test, unknown, { confirmed: true })).toMatchObject({ incompleteRemoved: 30 });
  });

  it('keeps what no trusted signer vouches for', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    await writeBytes(test.vault, patternBytes(40 * CHUNK_BYTES));
    const stranger = await createTestVault(test.nodes, {
      policy: POLICY_2_1,
      library: {
        ...(await createTestVault([], { policy: POLICY_2_1 })).library,
        libraryId: test.library.libraryId,
      },
    });
    stranger.clock.nowMs = Date.now() + 400 * DAY_MS;
    expect(await swept(stranger, unknown)).toMatchObject({
      incompleteRemoved: 0,
      keepings: [{ why: 'unverified' }],
    });
  });

  it('removes an asset a week after its tombstone, not before, and not while the catalogue refers to it', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(10 * CHUNK_BYTES));
    await removeAsset(test, asset);
    test.clock.nowMs += 6 * DAY_MS;
    expect((await swept(test, orphaned)).keepings).toMatchObject([{ why: 'tombstone-too-young' }]);
    test.clock.nowMs += 2 * DAY_MS;
    expect((await swept(test, () => 'referenced')).keepings).toMatchObject([
      { why: 'tombstone-but-referenced' },
    ]);
    expect(await swept(test, orphaned)).toMatchObject({ tombstonedRemoved: 1 });
    const names = [...(await contentOf(test.nodes)).keys()];
    expect(names.filter((name) => name.includes('tombstones'))).toHaveLength(3);
    expect(names).toHaveLength(3);
  });

  it('believes no tombstone of a stranger', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(10 * CHUNK_BYTES));
    test.clock.nowMs = Date.now();
    await removeAsset(test, asset, await generateSigningKey());
    test.clock.nowMs += 30 * DAY_MS;
    expect(await swept(test, unknown)).toMatchObject({ tombstonedRemoved: 0, unknownAssets: 1 });
  });

  it('lets a node that returns after a removal bring nothing back', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(10 * CHUNK_BYTES));
    const away = nodeOf(test, asset, 0);
    away.online = false;
    await test.set.probe();
    await removeAsset(test, asset);
    test.clock.nowMs += 8 * DAY_MS;
    expect(await swept(test, orphaned)).toMatchObject({ tombstonedRemoved: 1 });
    away.online = true;
    await test.set.probe();
    expect((await contentOf([away])).size).toBe(1);
    expect((await scrubbed(test)).report.layouts).toBe(0);
    expect((await repaired(test)).report).toMatchObject({ layouts: 0, repairedColumns: 0 });
    expect(await swept(test, unknown)).toMatchObject({
      tombstonedRemoved: 1,
      unknownAssets: 0,
      tombstonesSpread: 1,
    });
    const names = [...(await contentOf([away])).keys()];
    expect(names.map((name) => name.includes('tombstones'))).toEqual([true]);
  });
});

describe('tombstones', () => {
  it('want m + 1 nodes', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(10));
    const [a, b] = test.nodes;
    for (const node of [a, b]) if (node) node.online = false;
    await test.set.probe();
    await expect(removeAsset(test, asset)).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
  });

  it('take their place from rubbish that somebody put there first', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const asset = await writeBytes(test.vault, patternBytes(10));
    const name = `${asset.libraryId}/tombstones/${asset.assetId}`;
    for (const node of test.nodes) await node.create(name, once(patternBytes(200)));
    await removeAsset(test, asset);
    const { libraryId, trust } = test.library;
    const found = await loadTombstones({ nodes: test.set, libraryId, trust });
    expect(found.get(asset.assetId)?.nodeIds.size).toBe(3);
  });

  it('are read once each, several at a time, and from another node where one fails or has rubbish', async () => {
    const nodes = memoryNodes(3);
    const test = await createTestVault(nodes, { policy: POLICY_2_1 });
    const { libraryId, trust, signer } = test.library;
    const ids = Array.from({ length: 40 }, (_, i) => (i + 1).toString(16).padStart(32, '0') as AssetId);
    for (const [i, assetId] of ids.entries()) {
      const tombstone = await signTombstone({ libraryId, assetId, atMs: i }, signer);
      await writeTombstone(tombstone, { nodes: test.set, trust, copies: 2 });
    }
    const [a, b] = nodes;
    a?.tamper(`${libraryId}/tombstones/${ids[0]}`, (bytes) => bytes.fill(65));
    await b?.delete(`${libraryId}/tombstones/${ids[1]}`);
    const reads = { all: 0, now: 0, most: 0, failing: false };
    const counting = await readingThrough(nodes, async (node, read) => {
      reads.all++;
      reads.most = Math.max(reads.most, ++reads.now);
      await new Promise(setImmediate);
      reads.now--;
      if (reads.failing && node.id === a?.id) throw new ClefError('node-offline', 'it went away');
      return read();
    });
    const found = await loadTombstones({ nodes: counting, libraryId, trust });
    expect([...found.values()].map(({ atMs }) => atMs).toSorted((x, y) => x - y)).toEqual(
      ids.map((_, i) => i),
    );
    expect(reads).toMatchObject({ all: 41, most: 16 });
    const nodesOf = (i: number): unknown[] => [...(found.get(ids.at(i) as AssetId)?.nodeIds ?? [])];
    expect([nodesOf(0), nodesOf(1), nodesOf(2).length]).toEqual([
      [nodes[1]?.id, nodes[2]?.id],
      [nodes[0]?.id, nodes[2]?.id],
      3,
    ]);
    reads.failing = true;
    expect((await loadTombstones({ nodes: counting, libraryId, trust })).size).toBe(40);
  });
});

/** The same nodes, whose reads go through a function. */
async function readingThrough(
  nodes: readonly MemoryNode[],
  through: (node: StorageNode, read: () => Promise<Bytes>) => Promise<Bytes>,
): Promise<NodeSet> {
  const set = new NodeSet({
    now: () => 0,
    decorate: (node) =>
      new Proxy(node, {
        get(target, key) {
          if (key === 'read') {
            const read: StorageNode['read'] = (...args) => through(target, () => target.read(...args));
            return read;
          }
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      }),
  });
  for (const node of nodes) {
    const { id, failureDomain } = node;
    await set.mount({ id, failureDomain, weight: 1, open: async () => node });
  }
  return set;
}

describe('what the vault tells', () => {
  it('shows nodes, their space and whether the policy is met', async () => {
    const test = await createTestVault(memoryNodes(3), { policy: POLICY_2_1 });
    const [away] = test.nodes;
    if (away) away.online = false;
    const status = await vaultStatus({ nodes: test.set, policy: POLICY_2_1 });
    expect(status).toMatchObject({ domainsAnswering: 2, domainsWanted: 3, isComplete: false });
    expect(status.nodes.map(({ space }) => space === undefined)).toEqual([true, false, false]);
  });

  it('maps the columns of an asset to nodes and their state', async () => {
    const test = await createTestVault(memoryNodes(6), { policy: POLICY_4_2 });
    const asset = await writeBytes(test.vault, patternBytes(3));
    flip(test, asset, 4, 0);
    const { libraryId, trust } = test.library;
    const [map] = await mapAsset({
      nodes: test.set,
      libraryId,
      trust,
      assetId: asset.assetId,
      depth: 'full',
    });
    expect(map?.policy).toEqual(POLICY_4_2);
    expect(map?.columns.map(({ isStored }) => isStored)).toEqual([true, false, false, false, true, true]);
    expect(map?.columns.map(({ copies }) => copies[0]?.damage)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'tampered',
      undefined,
    ]);
  });
});
