import { describe, expect, it } from 'vitest';
import { isClefError } from '../core/index.ts';
import { CHUNK_BYTES } from '../crypto/index.ts';
import { mutate, type StoredObject } from '../../test/support/mutate.ts';
import {
  createTestVault,
  memoryNodes,
  patternBytes,
  readBytes,
  sameBytes,
  writeBytes,
} from '../../test/support/vault.ts';
import { once } from './ensure-object.ts';
import { loadErasureCode } from './erasure/load.ts';
import type { MemoryNode } from './nodes/memory.ts';

/** `npm run proof -- tamper` asks for more. */
const MUTATIONS = Number(process.env['CLEF_TEST_MUTATIONS'] ?? 60);

async function objectsOn(nodes: readonly MemoryNode[]): Promise<StoredObject[]> {
  const perNode = nodes.map(async (node, i) => {
    const infos = await Array.fromAsync(node.list(''));
    return Promise.all(
      infos.map(async ({ name, lengthBytes }) => ({
        node: i,
        name,
        bytes: await node.read(name, 0, lengthBytes),
      })),
    );
  });
  return (await Promise.all(perNode)).flat();
}

async function put(node: MemoryNode, name: string, bytes: Uint8Array | undefined): Promise<void> {
  await node.delete(name);
  if (bytes) await node.create(name, once(bytes));
}

describe.each([
  { k: 1, m: 0 },
  { k: 1, m: 2 },
  { k: 2, m: 1 },
  { k: 4, m: 2 },
])('a vault of $k+$m under seeded mutations', (policy) => {
  const timeout = 60_000 + 200 * MUTATIONS;
  it('gives the right bytes or an error, never a wrong byte, and the right ones after any single mutation', {
    timeout,
  }, async () => {
    const nodes = memoryNodes(policy.k + policy.m);
    const { vault, clock } = await createTestVault(nodes, { policy, erasure: await loadErasureCode() });
    const plaintexts = [patternBytes(21 * CHUNK_BYTES + 33, 1), patternBytes(2 * CHUNK_BYTES, 2)];
    const assets = await Promise.all(plaintexts.map((plaintext) => writeBytes(vault, plaintext)));
    const objects = await objectsOn(nodes);
    for (let seed = 0; seed < MUTATIONS; seed++) {
      const mutation = mutate(objects, seed);
      for (const { node, name, bytes } of mutation.changes) {
        await put(nodes[node] as MemoryNode, name, bytes); // mutations name nodes by their index
      }
      const columnsHit = new Set(mutation.changes.map(({ name }) => name)).size;
      for (const [i, asset] of assets.entries()) {
        try {
          const read = await readBytes(vault, asset);
          expect(sameBytes(read, plaintexts[i] ?? read.subarray(1)), mutation.what).toBe(true);
        } catch (error) {
          expect(isClefError(error, 'vault-asset-lost'), `${mutation.what}: ${String(error)}`).toBe(true);
          expect(columnsHit, mutation.what).toBeGreaterThan(policy.m);
        }
      }
      for (const { node, name, bytes } of objects) {
        if (mutation.changes.some((change) => change.node === node && change.name === name)) {
          await put(nodes[node] as MemoryNode, name, bytes); // as above
        }
      }
      clock.nowMs += 60_000;
    }
  });
});
