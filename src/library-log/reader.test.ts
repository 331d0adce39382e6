import { describe, expect, it } from 'vitest';
import { createCryptoLibrary } from '../../test/support/crypto-library.ts';
import { createLogBench } from '../../test/support/library-log.ts';
import { MemoryChanges } from '../../test/support/memory-changes.ts';
import { memoryNodes } from '../../test/support/vault.ts';
import type { Bytes, ServerId } from '../core/index.ts';
import { generateKey } from '../crypto/index.ts';
import type { MemoryNode } from '../vault/nodes/memory.ts';

async function namesOn(node: MemoryNode): Promise<string[]> {
  return (await Array.fromAsync(node.list(''))).map(({ name }) => name).sort();
}

function flipped(bytes: Bytes): Bytes {
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  return bytes;
}

/** A log of a snapshot and three segments of changes. */
async function written(nodeCount = 2) {
  const nodes = memoryNodes(nodeCount);
  const bench = await createLogBench(nodes, 1);
  const changes = new MemoryChanges();
  const log = await bench.open(changes);
  await log.flush();
  for (let i = 0; i < 3; i++) {
    changes.put('star', [i], { times: i });
    bench.clock.nowMs += 60_000;
    await log.flush();
  }
  return { nodes, bench, changes, log, names: await namesOn(nodes[0] as MemoryNode) };
}

describe('reading the library log', () => {
  it('says how far it goes and of when its newest state is', async () => {
    const { bench, log, names } = await written();
    const progress: number[] = [];
    const { chains } = await bench.recover({ onProgress: ({ done, total }) => progress.push(done / total) });
    expect(chains).toMatchObject([
      {
        segments: 4,
        head: log.head.hash.toHex(),
        newestAtMs: bench.clock.nowMs,
        missing: [],
        refused: 0,
      },
    ]);
    expect(progress).toHaveLength(names.length);
    expect(progress.at(-1)).toBe(1);
  });

  it('takes a segment that is damaged on one node from another', async () => {
    const { bench, changes, nodes, names } = await written();
    for (const [at, name] of names.entries()) nodes[at % 2]?.tamper(name, flipped);
    const { chains, recovered } = await bench.recover();
    expect(recovered.state()).toEqual(changes.state());
    expect(chains[0]).toMatchObject({ segments: 4, missing: [], refused: 0 });
  });

  it('reports a segment that is damaged on every node, and brings the others', async () => {
    const { bench, nodes, names } = await written();
    for (const node of nodes) node.tamper(names[2] as string, flipped);
    const { chains, recovered } = await bench.recover();
    expect(recovered.get('star', [0])).toBeDefined();
    expect(recovered.get('star', [1])).toBeUndefined();
    expect(recovered.get('star', [2])).toBeDefined();
    expect(chains[0]).toMatchObject({ segments: 3, missing: [3], refused: 1 });
  });

  it('reports a gap, and a newest segment that is damaged', async () => {
    const { bench, nodes, names } = await written();
    for (const node of nodes) await node.delete(names[1] as string);
    for (const node of nodes) node.tamper(names[3] as string, flipped);
    expect((await bench.recover()).chains[0]).toMatchObject({ missing: [2, 4], refused: 1 });
  });

  it('reports a chain of which nothing can be read', async () => {
    const { bench, nodes, names } = await written();
    for (const node of nodes) for (const name of names) node.tamper(name, () => new Uint8Array(3));
    const { chains } = await bench.recover();
    expect(chains[0]).toMatchObject({ segments: 0, missing: [1, 2, 3, 4], refused: 4 });
    expect(chains[0]?.newestAtMs).toBeUndefined();
  });

  it('does without nodes that are away', async () => {
    const { bench, changes, nodes } = await written(3);
    (nodes[0] as MemoryNode).online = false;
    expect((await bench.recover()).recovered.state()).toEqual(changes.state());
  });

  it('refuses segments of a signer that the root does not trust', async () => {
    const { bench, changes, nodes } = await written();
    const stranger = await createCryptoLibrary();
    const forged = new MemoryChanges();
    forged.put('user', ['mallory'], { role: 'admin' });
    const evil = await createLogBench(nodes, 1);
    const { libraryId } = bench.library;
    await (
      await evil.open(forged, { libraryId, signer: stranger.signer, trust: bench.library.trust })
    ).flush();
    const { chains, recovered } = await bench.recover();
    expect(recovered.state()).toEqual(changes.state());
    expect(chains[0]?.refused).toBe(1);
  });

  it('refuses a segment under the name of another', async () => {
    const { bench, nodes, names } = await written(1);
    const node = nodes[0] as MemoryNode;
    const [, second = '', third = ''] = names;
    const bytes = await node.read(second, 0, (await node.stat(second))?.lengthBytes ?? 0);
    node.tamper(third, () => bytes);
    expect((await bench.recover()).chains[0]).toMatchObject({ missing: [3], refused: 1 });
  });

  it('passes over what is sealed under a key that it does not have', async () => {
    const { bench, changes } = await written();
    const rotated = await bench.open(changes, {
      currentEpoch: () => ({ epoch: 2, key: generateKey() }),
    });
    changes.put('star', [9], {});
    await rotated.flush();
    const { chains, recovered } = await bench.recover();
    expect(recovered.get('star', [9])).toBeUndefined();
    expect(chains[0]).toMatchObject({ segments: 4, missing: [5], refused: 1 });
  });

  it('accepts a head that it is known to have had', async () => {
    const { bench, changes, log } = await written();
    const head = log.head.hash.toHex();
    changes.put('star', [9], {});
    await log.flush();
    const { recovered } = await bench.recover({ expectedHead: head.toUpperCase() });
    expect(recovered.state()).toEqual(changes.state());
  });

  it('hands nothing on when all nodes were rolled back behind a known head', async () => {
    const { bench, nodes, names, log } = await written();
    for (const node of nodes) await node.delete(names[3] as string);
    let applied = 0;
    await expect(
      bench.recover({ expectedHead: log.head.hash.toHex(), onProgress: () => applied++ }),
    ).rejects.toMatchObject({ code: 'log-rolled-back' });
    expect(applied).toBe(0);
  });

  it('lets a deletion win over every version of its row', async () => {
    const { bench, changes, log } = await written();
    const stale = changes.backup();
    changes.remove('star', [1]);
    await log.flush();
    // Another server that did not hear of it goes on changing the row.
    for (let i = 0; i < 5; i++) stale.put('star', [1], { times: 100 + i });
    const other = await bench.open(stale, { serverId: 'cd'.repeat(16) as ServerId });
    await other.flush();
    expect((await bench.recover()).recovered.get('star', [1])).toBeUndefined();
  });
});
