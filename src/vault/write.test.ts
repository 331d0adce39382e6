import { describe, expect, it } from 'vitest';
import { ClefError, concatBytes, fromUtf8, type Policy, utf8 } from '../core/index.ts';
import { CHUNK_BYTES, parseAssetHeader, sha256, verifyManifest } from '../crypto/index.ts';
import { FaultyNode } from '../../test/support/faulty-node.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  sourceOf,
  testNodeId,
  writeBytes,
} from '../../test/support/vault.ts';
import { openFacts } from './birth.ts';
import { columnObjectName, columnRegions, FOOTER_BYTES, parseFooter } from './column-object.ts';
import { createLayout } from './layout.ts';
import { createMemoryNode, type MemoryNode } from './nodes/memory.ts';
import type { StorageNode } from './nodes/port.ts';

const POLICY_2_1: Policy = { k: 2, m: 1 };
const POLICY_4_2: Policy = { k: 4, m: 2 };

async function namesOn(node: StorageNode): Promise<string[]> {
  return (await Array.fromAsync(node.list(''))).map(({ name }) => name);
}

async function allNames(nodes: readonly StorageNode[]): Promise<string[]> {
  return (await Promise.all(nodes.map(namesOn))).flat();
}

function faultyNodes(count: number): FaultyNode<MemoryNode>[] {
  return memoryNodes(count).map((node) => new FaultyNode(node));
}

describe('a write', () => {
  it('leaves column objects that describe themselves and a manifest that verifies', async () => {
    const nodes = memoryNodes(3);
    const { vault, library } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const asset = await writeBytes(vault, patternBytes(11 * CHUNK_BYTES + 5));
    const layout = createLayout(asset.policy, parseAssetHeader(asset.header).paddedLengthBytes);
    let storedBytes = 0;
    for (const column of layout.storedColumns) {
      const node = nodes.find(({ id }) => id === asset.columnNodes[column]);
      const name = columnObjectName(asset, column);
      const info = await node?.stat(name);
      if (!node || !info) throw new Error('the column is not where the asset says');
      storedBytes += info.lengthBytes;
      const object = await node.read(name, 0, info.lengthBytes);
      const footer = parseFooter(object.subarray(-FOOTER_BYTES));
      const regions = columnRegions(footer);
      expect(regions.lengthBytes).toBe(info.lengthBytes);
      expect(footer.cellsBytes).toBe(layout.columnBytes(column));
      const table = object.subarray(regions.tableOffsetBytes, regions.manifestOffsetBytes);
      const manifestBytes = object.subarray(regions.manifestOffsetBytes, regions.footerOffsetBytes);
      expect(await sha256(manifestBytes)).toEqual(footer.manifestHash);
      const manifest = await verifyManifest(fromUtf8(manifestBytes), library.trust);
      expect(manifest.assetId).toBe(asset.assetId);
      expect(await sha256(table)).toEqual(manifest.columnTableHashes[column]);
      expect(await openFacts(asset.trackKey, manifest)).toEqual({
        kind: 'original',
        lengthBytes: 11 * CHUNK_BYTES + 5,
        birth: { title: 'Ein Lied' },
      });
    }
    expect(asset.storedBytes).toBe(storedBytes);
  });

  it('puts the columns of an asset in failure domains of their own', async () => {
    const { vault } = await createTestVault(memoryNodes(8), { policy: POLICY_4_2 });
    const asset = await writeBytes(vault, patternBytes(20 * CHUNK_BYTES));
    expect(new Set(asset.columnNodes).size).toBe(6);
  });

  it('sends cells, then tables and manifest, and no footer before every column has those', async () => {
    const nodes = faultyNodes(3);
    const events: string[] = [];
    for (const node of nodes) {
      node.faults.onPiece = (name, piece) => {
        const isFooter = piece.length === FOOTER_BYTES && fromLatin1(piece).startsWith('clefcol');
        events.push(`${isFooter ? 'footer' : 'bytes'} ${name.split('.').at(-1)}`);
      };
    }
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    await writeBytes(vault, patternBytes(30 * CHUNK_BYTES));
    const firstFooter = events.findIndex((event) => event.startsWith('footer'));
    expect(events.slice(firstFooter).toSorted()).toEqual(['footer 0', 'footer 1', 'footer 2']);
  });

  it('stores nothing that can be read: no plaintext, no title, no key', async () => {
    const nodes = memoryNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const plaintext = patternBytes(6 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    const everything = Buffer.from(
      concatBytes(
        ...(await Promise.all(
          nodes.map(async (node) => {
            const objects = await Array.fromAsync(node.list(''));
            return concatBytes(
              ...(await Promise.all(objects.map((info) => node.read(info.name, 0, info.lengthBytes)))),
            );
          }),
        )),
      ),
    );
    for (let at = 0; at + 16 <= plaintext.length; at += 4_099) {
      expect(everything.includes(plaintext.subarray(at, at + 16))).toBe(false);
    }
    expect(everything.includes(asset.trackKey)).toBe(false);
    for (const text of ['Ein Lied', Buffer.from('Ein Lied').toString('base64url')]) {
      expect(everything.includes(utf8(text))).toBe(false);
    }
  });

  it('pads by Padmé, or not at all where that is asked for', async () => {
    const lengthBytes = 5 * CHUNK_BYTES + 1;
    const padded = await createTestVault(memoryNodes(1), { policy: { k: 1, m: 0 } });
    const exact = await createTestVault(memoryNodes(1), { policy: { k: 1, m: 0 }, padding: 'none' });
    const a = await writeBytes(padded.vault, patternBytes(lengthBytes));
    const b = await writeBytes(exact.vault, patternBytes(lengthBytes));
    expect(parseAssetHeader(a.header).paddedLengthBytes).toBeGreaterThan(lengthBytes);
    expect(parseAssetHeader(b.header).paddedLengthBytes).toBe(lengthBytes);
  });

  it('is refused with vault-source-changed when the source gives less or more than it said', async () => {
    const nodes = memoryNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const bytes = patternBytes(3 * CHUNK_BYTES);
    for (const lengthBytes of [0, 3 * CHUNK_BYTES - 1, 3 * CHUNK_BYTES + 1, 9 * CHUNK_BYTES]) {
      const write = vault.write({ kind: 'original', lengthBytes, plaintext: sourceOf(bytes), birth: {} });
      await expect(write).rejects.toMatchObject({ code: 'vault-source-changed' });
    }
    expect(await allNames(nodes)).toEqual([]);
  });

  it('passes on the failure of its source and leaves nothing', async () => {
    const nodes = memoryNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const failure = new Error('the file went away');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield patternBytes(10 * CHUNK_BYTES);
      throw failure;
    }
    const write = vault.write({
      kind: 'original',
      lengthBytes: 30 * CHUNK_BYTES,
      plaintext: failing(),
      birth: {},
    });
    await expect(write).rejects.toBe(failure);
    expect(await allNames(nodes)).toEqual([]);
  });

  it('ends at once when it is aborted, even while its source hangs, and leaves nothing', async () => {
    const nodes = memoryNodes(3);
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<Uint8Array> {
      yield patternBytes(10 * CHUNK_BYTES);
      controller.abort(new Error('enough'));
      await new Promise(() => undefined);
    }
    const write = vault.write({
      kind: 'original',
      lengthBytes: 30 * CHUNK_BYTES,
      plaintext: hanging(),
      birth: {},
      signal: controller.signal,
    });
    await expect(write).rejects.toThrow('enough');
    expect(await allNames(nodes)).toEqual([]);
  });

  it('holds two rows at most while a node takes its time', async () => {
    const nodes = faultyNodes(3);
    let given = 0;
    let taken = 0;
    let most = 0;
    for (const node of nodes) {
      node.faults.onPiece = (name, piece) => {
        if (name.endsWith('.0') || name.endsWith('.1')) taken += piece.length;
      };
    }
    async function* counted(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 80; i++) {
        given += CHUNK_BYTES;
        most = Math.max(most, given - taken);
        yield patternBytes(CHUNK_BYTES, i);
      }
    }
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1, padding: 'none' });
    await vault.write({
      kind: 'original',
      lengthBytes: 80 * CHUNK_BYTES,
      plaintext: counted(),
      birth: {},
    });
    expect(most).toBeLessThanOrEqual(3 * 8 * CHUNK_BYTES);
  });
});

describe('a write that loses a node', () => {
  const full = (): ClefError => new ClefError('node-full', 'no space');

  it('goes on without it where another may still be lost, and says that it is degraded', async () => {
    const nodes = faultyNodes(6);
    const failing = nodes[2];
    if (failing) failing.faults.createFailsAfter = { bytes: CHUNK_BYTES, error: full() };
    const { vault } = await createTestVault(nodes, { policy: POLICY_4_2 });
    const plaintext = patternBytes(40 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    expect(asset.degraded).toBe(true);
    expect(asset.columnNodes.filter((id) => id === undefined)).toHaveLength(1);
    expect(asset.columnNodes).not.toContain(failing?.id);
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
  });

  it('fails and removes the other columns where none more may be lost', async () => {
    const nodes = faultyNodes(3);
    const [failing] = nodes;
    if (failing) failing.faults.createFailsAfter = { bytes: CHUNK_BYTES, error: full() };
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    await expect(writeBytes(vault, patternBytes(40 * CHUNK_BYTES))).rejects.toMatchObject({
      code: 'node-full',
    });
    expect(await allNames(nodes)).toEqual([]);
  });

  it('fails in strict mode whatever parity could make up for', async () => {
    const nodes = faultyNodes(6);
    const failing = nodes[4];
    const { vault, set } = await createTestVault(nodes, { policy: POLICY_4_2, writeMode: 'strict' });
    if (failing) failing.faults.createFailsAfter = { bytes: 0, error: full() };
    await expect(writeBytes(vault, patternBytes(40 * CHUNK_BYTES))).rejects.toMatchObject({
      code: 'node-full',
    });
    expect(await allNames(nodes)).toEqual([]);
    if (failing) failing.inner.online = false;
    await set.probe();
    await expect(writeBytes(vault, patternBytes(40 * CHUNK_BYTES))).rejects.toMatchObject({
      code: 'vault-too-few-nodes',
    });
  });

  it('removes a column whose commit succeeded but was not answered', async () => {
    const nodes = faultyNodes(1);
    const { vault } = await createTestVault(nodes, { policy: { k: 1, m: 0 } });
    for (const node of nodes) node.faults.commitFails = new ClefError('node-io', 'the answer got lost');
    await expect(writeBytes(vault, patternBytes(10))).rejects.toMatchObject({ code: 'node-io' });
    expect(await allNames(nodes)).toEqual([]);
  });

  it('does not wait for a node that takes nothing any more', async () => {
    const nodes = faultyNodes(6);
    const hanging = nodes[1];
    if (hanging) hanging.faults.createHangsAfter = { bytes: CHUNK_BYTES };
    const { vault } = await createTestVault(nodes, { policy: POLICY_4_2, stallTimeoutMs: 50 });
    const plaintext = patternBytes(40 * CHUNK_BYTES);
    const asset = await writeBytes(vault, plaintext);
    expect(asset.degraded).toBe(true);
    expect(sameBytes(await readBytes(vault, asset), plaintext)).toBe(true);
  });

  it('uses another failure domain for a node that is away from the start', async () => {
    const nodes = memoryNodes(4);
    const { vault, set } = await createTestVault(nodes, { policy: POLICY_2_1 });
    const [away] = nodes;
    if (away) away.online = false;
    await set.probe();
    for (let i = 0; i < 8; i++) {
      const asset = await writeBytes(vault, patternBytes(10 * CHUNK_BYTES, i));
      expect(asset.degraded).toBe(false);
      expect(asset.columnNodes).not.toContain(away?.id);
    }
  });

  it('is refused before it begins where too few failure domains answer', async () => {
    const nodes = ['a', 'a', 'b', 'b'].map((failureDomain, i) =>
      createMemoryNode({ id: testNodeId(i), failureDomain }),
    );
    const { vault } = await createTestVault(nodes, { policy: POLICY_2_1 });
    await expect(writeBytes(vault, patternBytes(9 * CHUNK_BYTES))).rejects.toMatchObject({
      code: 'vault-too-few-nodes',
    });
    expect(await allNames(nodes)).toEqual([]);
  });
});

function fromLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
