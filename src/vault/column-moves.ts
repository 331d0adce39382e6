import type { NodeId } from '../core/index.ts';
import type { Layout } from './layout.ts';
import { placeColumns, type PlacementKey, type PlacementNode } from './placement.ts';

export interface ColumnMove {
  readonly column: number;
  readonly from: NodeId;
  readonly to: NodeId;
}

/**
 * What brings the columns of an asset to the nodes that placement wants for it. A column that lies on any of these
 * stays, whichever it is: each is as good as the others, and a new node then costs one move at most. Without a move for a
 * column where no node is left for it.
 */
export function columnMoves(
  key: PlacementKey,
  layout: Layout,
  nodes: readonly PlacementNode[],
  homes: readonly (NodeId | undefined)[],
): readonly ColumnMove[] {
  const ideal = placeColumns(key, nodes, layout.columnCount).nodes.map(({ id }) => id);
  const wanted = new Set(layout.storedColumns.flatMap((column) => ideal[column] ?? []));
  const misplaced: number[] = [];
  for (const column of layout.storedColumns) {
    const home = homes[column];
    // Two columns on one node, where there were too few: one of them may go.
    if (home !== undefined && !wanted.delete(home)) misplaced.push(column);
  }
  const moves: ColumnMove[] = [];
  for (const column of misplaced) {
    const own = ideal[column];
    const [first] = wanted;
    const [from, to] = [homes[column], own !== undefined && wanted.has(own) ? own : first];
    if (from === undefined || to === undefined) continue;
    wanted.delete(to);
    moves.push({ column, from, to });
  }
  return moves;
}
