import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AssetId, LayoutId, NodeId } from '../core/index.ts';
import { type PlacementKey, type PlacementNode, placeColumns, rankNodes } from './placement.ts';

const hexId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytes.toHex());
const anyKey = fc.record({ assetId: hexId, layoutId: hexId }).map((key) => key as PlacementKey);
const anyNode = fc
  .record({
    id: hexId,
    weight: fc.double({ min: 0.01, max: 100, noNaN: true }),
    failureDomain: fc.constantFrom('a', 'b', 'c', 'd'),
  })
  .map((node) => node as PlacementNode);
const anyNodes = (minLength: number): fc.Arbitrary<PlacementNode[]> =>
  fc.uniqueArray(anyNode, { minLength, maxLength: 12, selector: ({ id }) => id });

describe('the rank of nodes', () => {
  test('does not depend on the order in which they are named', () => {
    fc.assert(
      fc.property(anyKey, anyNodes(1), (key, nodes) => {
        expect(rankNodes(key, nodes.toReversed())).toEqual(rankNodes(key, nodes));
      }),
    );
  });

  test('stays the same among the others when one is added or removed', () => {
    fc.assert(
      fc.property(anyKey, anyNodes(2), (key, nodes) => {
        const [removed, ...rest] = nodes;
        expect(rankNodes(key, rest)).toEqual(rankNodes(key, nodes).filter((node) => node !== removed));
      }),
    );
  });

  test('puts each node first as often as its weight says', () => {
    const weights = [1, 2, 3, 4];
    const nodes = weights.map((weight, i) => testNode(i, weight, `d${i}`));
    const firsts = weights.map(() => 0);
    for (let i = 0; i < SAMPLES; i++) {
      const first = nodes.indexOf(rankNodes(testKey(i), nodes)[0] ?? testNode(0));
      firsts[first] = (firsts[first] ?? 0) + 1;
    }
    for (const [i, weight] of weights.entries()) {
      expect((firsts[i] ?? 0) / SAMPLES).toBeCloseTo(weight / 10, 1.5);
    }
  });

  test('puts a node of weight zero last', () => {
    fc.assert(
      fc.property(anyKey, anyNodes(2), (key, nodes) => {
        const [first, ...rest] = nodes;
        const emptied = { ...(first ?? testNode(0)), weight: 0 };
        expect(rankNodes(key, [emptied, ...rest]).at(-1)).toBe(emptied);
      }),
    );
  });

  test('is the one that docs/format.md gives for these nodes', () => {
    const nodes = [testNode(1), testNode(2), testNode(3, 2), testNode(4, 0.5), testNode(5, 10)];
    const ranks = [0, 1, 2, 3].map((i) =>
      rankNodes(testKey(i), nodes).map((node) => nodes.indexOf(node) + 1),
    );
    expect(ranks).toEqual(FROZEN);
  });

  test('refuses a weight that is none, and a node named twice', () => {
    for (const weight of [-1, Number.NaN, Infinity]) {
      expect(() => rankNodes(testKey(0), [testNode(1, weight)])).toThrow(/expected 0 or more/);
    }
    expect(() => rankNodes(testKey(0), [testNode(1), testNode(1)])).toThrow(/named twice/);
  });
});

describe('the place of columns', () => {
  test('is on distinct nodes, in as many failure domains as there are', () => {
    fc.assert(
      fc.property(anyKey, anyNodes(1), fc.integer({ min: 1, max: 12 }), (key, nodes, columnCount) => {
        const placement = placeColumns(key, nodes, columnCount);
        expect(placement.nodes).toHaveLength(Math.min(columnCount, nodes.length));
        expect(new Set(placement.nodes).size).toBe(placement.nodes.length);
        expect(placement.columnsPerNode).toBe(1);
        const domains = new Set(nodes.map((node) => node.failureDomain)).size;
        const used = new Set(placement.nodes.map((node) => node.failureDomain)).size;
        expect(used).toBe(Math.min(domains, columnCount));
        if (columnCount <= domains) expect(placement.columnsPerDomain).toBe(1);
      }),
    );
  });

  test('begins with the best-ranked node', () => {
    fc.assert(
      fc.property(anyKey, anyNodes(1), (key, nodes) => {
        expect(placeColumns(key, nodes, 3).nodes[0]).toBe(rankNodes(key, nodes)[0]);
      }),
    );
  });

  test('shares nodes only when allowed, evenly, and says so', () => {
    const nodes = [testNode(1, 1, 'a'), testNode(2, 1, 'b')];
    expect(placeColumns(testKey(0), nodes, 5).nodes).toHaveLength(2);
    const shared = placeColumns(testKey(0), nodes, 5, { shareNodes: true });
    expect(shared.nodes).toHaveLength(5);
    expect(shared.columnsPerNode).toBe(3);
    expect(shared.columnsPerDomain).toBe(3);
    expect(placeColumns(testKey(0), nodes, 2, { shareNodes: true }).columnsPerNode).toBe(1);
  });

  test('spreads evenly over too few domains', () => {
    const nodes = [1, 2, 3, 4, 5, 6].map((i) => testNode(i, 1, i <= 3 ? 'left' : 'right'));
    for (let i = 0; i < 20; i++) expect(placeColumns(testKey(i), nodes, 4).columnsPerDomain).toBe(2);
  });

  test('is never on a node of weight zero', () => {
    const nodes = [testNode(1), testNode(2, 0), testNode(3)];
    for (let i = 0; i < 20; i++) {
      expect(placeColumns(testKey(i), nodes, 3).nodes.map(({ id }) => id)).not.toContain(testNode(2).id);
    }
    expect(placeColumns(testKey(0), [testNode(2, 0)], 1, { shareNodes: true }).nodes).toEqual([]);
  });

  test('changes for one asset in n, by one column, when the n-th node is added', () => {
    const columnCount = 3;
    const before = [1, 2, 3, 4, 5, 6, 7].map((i) => testNode(i, 1, `d${i}`));
    const added = testNode(8, 1, 'd8');
    let moved = 0;
    for (let i = 0; i < SAMPLES; i++) {
      const old = placeColumns(testKey(i), before, columnCount).nodes;
      const fresh = placeColumns(testKey(i), [...before, added], columnCount).nodes;
      const arrived = fresh.filter((node) => !old.includes(node));
      expect(arrived.every((node) => node === added)).toBe(true);
      moved += arrived.length;
    }
    expect(moved / (SAMPLES * columnCount)).toBeCloseTo(1 / 8, 1.5);
  });
});

const SAMPLES = 4_000;
/** By rank, for the keys 0 to 3 and five nodes, as computed in Python; another order would leave columns unfound. */
const FROZEN = [
  [3, 5, 2, 1, 4],
  [3, 5, 4, 1, 2],
  [5, 3, 1, 2, 4],
  [5, 2, 3, 1, 4],
];

function testNode(i: number, weight = 1, failureDomain = 'one'): PlacementNode {
  return { id: i.toString(16).padStart(32, '0') as NodeId, weight, failureDomain };
}

function testKey(i: number): PlacementKey {
  return {
    assetId: `a${i.toString(16).padStart(31, '0')}` as AssetId,
    layoutId: `b${i.toString(16).padStart(31, '0')}` as LayoutId,
  };
}
