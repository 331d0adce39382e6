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
    expect(desk.take(report(1))).toBe(true);
    expect(desk.take(report(1))).toBe(false);
  });

  it('does not queue what is merely out of reach', () => {
    const told: DamageReport[] = [];
    const desk = new DamageDesk({ listener: (found) => told.push(found), now: () => 1 });
    desk.report(report(0, 'unreachable'));
    expect(told).toHaveLength(1);
    expect(desk.size).toBe(0);
  });

  it('tells by layout which columns are damaged, and gives them out together', () => {
    const desk = new DamageDesk({ listener: () => undefined, now: () => 1 });
    const other = { ...report(0), layoutId: '5'.repeat(32) as LayoutId };
    for (const found of [report(3), other, report(1)]) desk.report(found);
    expect(desk.layouts().map(({ columns }) => columns)).toEqual([[3, 1], [0]]);
    expect(desk.take(report(3))).toBe(true);
    expect(desk.layouts().map(({ name }) => name.layoutId)).toEqual([other.layoutId]);
  });
});
