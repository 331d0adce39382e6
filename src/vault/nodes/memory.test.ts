import { expect, test } from 'vitest';
import { describeStorageNode } from '../../../test/contracts/storage-node.ts';
import { memoryHarness } from '../../../test/support/memory-harness.ts';
import { type NodeId, randomId } from '../../core/index.ts';
import { createMemoryNode } from './memory.ts';

const nodeId = (): NodeId => randomId((lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)));

async function* zeros(lengthBytes: number): AsyncIterable<Uint8Array> {
  yield new Uint8Array(lengthBytes);
}

describeStorageNode('memory', async () => memoryHarness(createMemoryNode({ id: nodeId() })));

test('a memory node without room is full, and leaves no trace of what did not fit', async () => {
  const node = createMemoryNode({ id: nodeId(), totalBytes: 10 });
  await node.create('a', zeros(6));
  await expect(node.create('b', zeros(5))).rejects.toMatchObject({ code: 'node-full' });
  expect(await node.stat('b')).toBeUndefined();
  expect(await node.free()).toEqual({ freeBytes: 4, totalBytes: 10 });
  await node.delete('a');
  await node.create('b', zeros(10));
  expect(await node.free()).toEqual({ freeBytes: 0, totalBytes: 10 });
});

test('a tampered object changes its version, as on a disk', async () => {
  const node = createMemoryNode({ id: nodeId() });
  const { version } = await node.create('a', zeros(5));
  node.tamper('a', (bytes) => bytes.fill(7, 0, 1));
  expect(await node.read('a', 1, 4)).toEqual(new Uint8Array(4));
  expect((await node.stat('a'))?.version).not.toBe(version);
});

test('a memory node stamps objects by its clock', async () => {
  let nowMs = 1_000;
  const node = createMemoryNode({ id: nodeId(), now: () => nowMs });
  const { version } = await node.create('a', zeros(1));
  expect((await node.stat('a'))?.modifiedAtMs).toBe(1_000);
  nowMs = 2_000;
  await node.replace('a', version, zeros(1));
  expect((await node.stat('a'))?.modifiedAtMs).toBe(2_000);
});
