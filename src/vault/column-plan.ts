import { ClefError, type Policy } from '../core/index.ts';
import type { LayoutName } from './column-object.ts';
import type { Layout } from './layout.ts';
import type { NodeSet } from './node-set.ts';
import type { StorageNode } from './nodes/port.ts';
import { placeColumns, rankNodes } from './placement.ts';

/** `degraded`: a write may leave out columns that parity makes up for; `strict`: it fails instead. */
export type WriteMode = 'degraded' | 'strict';

export interface ColumnPlan {
  readonly layout: Layout;
  readonly mode: WriteMode;
}

/**
 * A node for each stored column, if one is left. A column goes where placement over all known nodes puts it,
 * so that repair finds it a home of its own later; if that node is away, to the best that has none yet, in a
 * failure domain that has the fewest. Throws `vault-too-few-nodes` where that is not enough.
 */
export function chooseNodes(plan: ColumnPlan, name: LayoutName, nodes: NodeSet): Map<number, StorageNode> {
  const known = nodes.known();
  const ideal = placeColumns(name, known, plan.layout.columnCount).nodes;
  const chosen = new Map<number, StorageNode>();
  for (const column of plan.layout.storedColumns) {
    const place = ideal[column];
    const node = place && nodes.get(place.id);
    if (node) chosen.set(column, node);
  }
  for (const column of plan.layout.storedColumns) {
    if (chosen.has(column)) continue;
    const node = spareNode(name, nodes, [...chosen.values()]);
    if (node) chosen.set(column, node);
  }
  if (!isEnough(plan, chosen)) throw tooFewNodes(plan, chosen);
  return chosen;
}

/**
 * Whether a write with these columns counts. Strict: every stored column. Degraded: as many as leave the asset
 * readable when any one failure domain more is lost, which are k + 1 in domains of their own. Without parity
 * nothing may be missing, and no domain is better than another.
 */
export function isEnough({ layout, mode }: ColumnPlan, written: ReadonlyMap<number, StorageNode>): boolean {
  const missing = layout.storedColumns.length - written.size;
  if (missing > 0 && mode === 'strict') return false;
  const { m } = layout.policy;
  return m === 0 ? missing === 0 : missing + mostInOneDomain([...written.values()]) <= m;
}

export function tooFewNodes(
  { layout, mode }: ColumnPlan,
  written: ReadonlyMap<number, StorageNode>,
  cause?: unknown,
): ClefError {
  const domains = new Set([...written.values()].map(({ failureDomain }) => failureDomain)).size;
  return new ClefError(
    'vault-too-few-nodes',
    `${written.size} of ${layout.storedColumns.length} columns can be written, in ${domains} failure domains: ` +
      `too few for policy ${policyName(layout.policy)}${mode === 'strict' ? ' with strict writes' : ''}`,
    cause === undefined ? {} : { cause },
  );
}

/** As people write it: `2+1`. */
function policyName({ k, m }: Policy): string {
  return `${k}+${m}`;
}

/** A node for one more column of a layout beside those that have one; undefined where none is left. */
export function homeFor(
  layout: Layout,
  name: LayoutName,
  column: number,
  nodes: NodeSet,
  used: readonly StorageNode[],
): StorageNode | undefined {
  const place = placeColumns(name, nodes.known(), layout.columnCount).nodes[column];
  const ideal = place && nodes.get(place.id);
  return ideal && !used.includes(ideal) ? ideal : spareNode(name, nodes, used);
}

/** The best-ranked of the unused nodes, in the failure domains that have the fewest columns. */
function spareNode(name: LayoutName, nodes: NodeSet, used: readonly StorageNode[]): StorageNode | undefined {
  const counts = domainCounts(used);
  const countOf = (node: StorageNode): number => counts.get(node.failureDomain) ?? 0;
  let best: StorageNode | undefined;
  for (const { id, weight } of rankNodes(name, nodes.known())) {
    const node = nodes.get(id);
    if (!node || weight === 0 || used.includes(node)) continue;
    if (!best || countOf(node) < countOf(best)) best = node;
  }
  return best;
}

function mostInOneDomain(nodes: readonly StorageNode[]): number {
  return Math.max(0, ...domainCounts(nodes).values());
}

function domainCounts(nodes: readonly StorageNode[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { failureDomain } of nodes) counts.set(failureDomain, (counts.get(failureDomain) ?? 0) + 1);
  return counts;
}
