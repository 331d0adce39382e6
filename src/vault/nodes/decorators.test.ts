import { describe, expect, it } from 'vitest';
import { describeStorageNode } from '../../../test/contracts/storage-node.ts';
import { FaultyNode } from '../../../test/support/faulty-node.ts';
import { memoryHarness } from '../../../test/support/memory-harness.ts';
import { testNodeId } from '../../../test/support/vault.ts';
import { ClefError } from '../../core/index.ts';
import { once } from '../ensure-object.ts';
import { capBandwidth } from './cap.ts';
import { NodeMeter } from './measure.ts';
import { createMemoryNode } from './memory.ts';
import { retryReads } from './retry.ts';

const retry = { tries: 3, firstWaitMs: 1, random: () => 0.5 };

describeStorageNode('one in all its decorators', async () => {
  const node = createMemoryNode({ id: testNodeId(1) });
  const capped = capBandwidth(node, { bytesPerSecond: 2 ** 30, now: () => performance.now() });
  return memoryHarness(node, new NodeMeter(() => performance.now()).measure(retryReads(capped, retry)));
});

describe('a node that is asked again', () => {
  it('gives what it failed to give in passing, and no more tries than were agreed', async () => {
    const faulty = new FaultyNode(createMemoryNode({ id: testNodeId(1) }));
    const node = retryReads(faulty, retry);
    await node.create('a', once(new Uint8Array(3)));
    faulty.faults.readFails = new ClefError('node-io', 'the session was reset');
    faulty.faults.onRead = () => {
      if (faulty.readCount === 2) delete faulty.faults.readFails;
    };
    expect(await node.read('a', 0, 3)).toHaveLength(3);
    expect(faulty.readCount).toBe(3);
    faulty.faults.readFails = new ClefError('node-io', 'the session was reset');
    await expect(node.read('a', 0, 3)).rejects.toMatchObject({ code: 'node-io' });
    expect(faulty.readCount).toBe(6);
  });

  it('is not asked again where it is offline', async () => {
    const faulty = new FaultyNode(createMemoryNode({ id: testNodeId(1) }));
    faulty.faults.readFails = new ClefError('node-offline', 'it is away');
    await expect(retryReads(faulty, retry).read('a', 0, 3)).rejects.toMatchObject({ code: 'node-offline' });
    expect(faulty.readCount).toBe(1);
  });
});

describe('a node with a cap', () => {
  it('is read and written at no more than so many bytes a second, all callers together', async () => {
    const node = capBandwidth(createMemoryNode({ id: testNodeId(1) }), {
      bytesPerSecond: 1_000_000,
      now: () => performance.now(),
    });
    const beganMs = performance.now();
    await Promise.all(['a', 'b'].map((name) => node.create(name, once(new Uint8Array(50_000)))));
    await Promise.all(['a', 'b'].map((name) => node.read(name, 0, 50_000)));
    expect(performance.now() - beganMs).toBeGreaterThan(190);
  });

  it('says how long a read will wait for the cap', async () => {
    const clock = { nowMs: 0 };
    const capped = capBandwidth(createMemoryNode({ id: testNodeId(1) }), {
      bytesPerSecond: 1_000,
      now: () => clock.nowMs,
    });
    const node = retryReads(new NodeMeter(() => clock.nowMs).measure(capped), retry);
    await node.create('a', once(new Uint8Array(1)));
    expect(node.backlogMs?.(500)).toBe(501);
    clock.nowMs += 2_000;
    expect(node.backlogMs?.(500)).toBe(500);
  });

  it('lets go of a caller who gives up', async () => {
    const node = capBandwidth(createMemoryNode({ id: testNodeId(1) }), {
      bytesPerSecond: 1,
      now: () => performance.now(),
    });
    await node.create('a', once(new Uint8Array(0)));
    const controller = new AbortController();
    const writing = node.create('b', once(new Uint8Array(1_000)), { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
  });
});

describe('a node that is measured', () => {
  it('counts calls, failures, bytes and time', async () => {
    let nowMs = 0;
    const meter = new NodeMeter(() => nowMs);
    const faulty = new FaultyNode(createMemoryNode({ id: testNodeId(1) }));
    const node = meter.measure(faulty);
    await node.create('a', once(new Uint8Array(30)));
    faulty.faults.onRead = () => {
      nowMs += 250;
    };
    await node.read('a', 10, 20);
    await expect(node.read('absent', 0, 1)).rejects.toMatchObject({ code: 'node-object-missing' });
    faulty.faults.readFails = new ClefError('node-offline', 'it is away');
    await expect(node.read('a', 0, 1)).rejects.toMatchObject({ code: 'node-offline' });
    const figures = meter.figures().get(testNodeId(1));
    expect(figures).toMatchObject({ readBytes: 20, writtenBytes: 30 });
    expect(figures?.calls.read).toEqual({ count: 3, failed: 1, seconds: 0.75 });
    expect(figures?.calls.write).toMatchObject({ count: 1, failed: 0 });
  });
});
