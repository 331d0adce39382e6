import { describe, expect, it } from 'vitest';
import { ClefError, isClefError } from '../core/index.ts';
import { testNodeId } from '../../test/support/vault.ts';
import { NodeSet } from './node-set.ts';
import { createMemoryNode } from './nodes/memory.ts';

describe('nodes of a vault', () => {
  it('are known and offline while they do not open, and online once they do', async () => {
    const set = new NodeSet({ now: () => 0 });
    const node = createMemoryNode({ id: testNodeId(7) });
    let there = false;
    await set.mount({
      id: node.id,
      failureDomain: 'a',
      weight: 1,
      open: async () => {
        if (!there) throw new ClefError('node-offline', 'no clef-node.json');
        return node;
      },
    });
    expect(set.known()).toMatchObject([
      { id: node.id, state: { kind: 'offline', reason: 'no clef-node.json' } },
    ]);
    expect(set.complete).toBe(false);
    there = true;
    await set.probe();
    expect(set.get(node.id)).toBe(node);
    expect(set.complete).toBe(true);
  });

  it('are offline when another node is mounted in their place', async () => {
    const set = new NodeSet({ now: () => 0 });
    await set.mount({
      id: testNodeId(1),
      failureDomain: 'a',
      weight: 1,
      open: async () => createMemoryNode({ id: testNodeId(2) }),
    });
    expect(set.get(testNodeId(1))).toBeUndefined();
    expect(set.get(testNodeId(2))).toBeUndefined();
    expect(set.known()[0]?.state.kind).toBe('offline');
  });

  it('may not be named twice', async () => {
    const node = createMemoryNode({ id: testNodeId(1) });
    const set = new NodeSet({ now: () => 0 });
    await set.mount({ failureDomain: 'a', weight: 1, open: async () => node });
    const again = set.mount({ failureDomain: 'b', weight: 1, open: async () => node });
    await expect(again).rejects.toSatisfy((error) => isClefError(error, 'config-invalid'));
  });

  it('are left alone for a while after an outage, then asked again', async () => {
    const clock = { nowMs: 0 };
    const set = new NodeSet({ now: () => clock.nowMs });
    const node = createMemoryNode({ id: testNodeId(1) });
    await set.mount({ id: node.id, failureDomain: 'a', weight: 1, open: async () => node });
    set.rest(node.id, 'it did not answer');
    expect(set.get(node.id)).toBeUndefined();
    expect(set.getInNeed(node.id)).toBe(node);
    expect(set.reachable()).toEqual([]);
    clock.nowMs = 60_000;
    expect(set.get(node.id)).toBe(node);
  });

  it('that open without their disk are not online', async () => {
    const set = new NodeSet({ now: () => 0 });
    const node = createMemoryNode({ id: testNodeId(1) });
    node.online = false;
    await set.mount({ id: node.id, failureDomain: 'a', weight: 1, open: async () => node });
    expect(set.complete).toBe(false);
    node.online = true;
    await set.probe();
    expect(set.complete).toBe(true);
  });

  it('that never opened make the set incomplete although nobody knows their id', async () => {
    const set = new NodeSet({ now: () => 0 });
    await set.mount({
      failureDomain: 'a',
      weight: 1,
      open: async () => {
        throw new Error('no such folder');
      },
    });
    expect(set.known()).toEqual([]);
    expect(set.complete).toBe(false);
  });
});
