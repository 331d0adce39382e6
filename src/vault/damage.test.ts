import { describe, expect, it } from 'vitest';
import type { AssetId, LayoutId, LibraryId, NodeId } from '../core/index.ts';
import { DamageDesk, type DamageReport } from './damage.ts';

function report(column: number, reason: DamageReport['reason'] = 'tampered'): DamageReport {
  return {
    libraryId: '1'.repeat(32) as LibraryId,
    assetId: '2'.repeat(32) as AssetId,
    layoutId: '3'.repeat(32) as LayoutId,
    column,
    nodeId: '4'.repeat(32) as NodeId,
    reason,
  };
}

describe('the damage desk', () => {
  it('tells the same finding once a minute, and queues its column once', () => {
    const told: DamageReport[] = [];
    let nowMs = 1;
    const desk = new DamageDesk({ listener: (found) => told.push(found), now: () => nowMs });
    for (let i = 0; i < 5; i++) desk.report(report(1));
    expect(told).toHaveLength(1);
    nowMs += 61_000;
    desk.report(report(1));
    expect(told).toHaveLength(2);
    expect(desk.size).toBe(1);
    expect(desk.take()).toEqual(report(1));
    expect(desk.take()).toBeUndefined();
  });

  it('does not queue what is merely out of reach', () => {
    const told: DamageReport[] = [];
    const desk = new DamageDesk({ listener: (found) => told.push(found), now: () => 1 });
    desk.report(report(0, 'unreachable'));
    expect(told).toHaveLength(1);
    expect(desk.size).toBe(0);
  });

  it('gives out the oldest finding first', () => {
    const desk = new DamageDesk({ listener: () => undefined, now: () => 1 });
    for (const column of [3, 1, 2]) desk.report(report(column));
    expect([desk.take(), desk.take(), desk.take()].map((found) => found?.column)).toEqual([3, 1, 2]);
  });
});
