import type { Account } from '../../../accounts/index.ts';
import type { NodeStatus as WireNode, RouteAnswer, routes } from '../../../api/index.ts';
import type { NodeId, Policy } from '../../../core/index.ts';
import type { ColumnStanding, NodeStatus } from '../../../vault/index.ts';

type WireColumn = RouteAnswer<typeof routes.trackMatrix>['columns'][number];

/** What pages call the nodes: by their order, since where they lie is nobody's business. */
export function nodeLabels(nodes: readonly Pick<NodeStatus, 'id'>[]): ReadonlyMap<NodeId, string> {
  return new Map(nodes.map(({ id }, at) => [id, labelAt(at)]));
}

/** How much space is left is the administrator's concern. */
export function wireNode(
  { id, failureDomain, space }: NodeStatus,
  at: number,
  viewer: Pick<Account, 'role'>,
): WireNode {
  return {
    id,
    label: labelAt(at),
    failureDomain,
    isOnline: space !== undefined,
    ...(space && viewer.role === 'admin' && { freeBytes: space.freeBytes, totalBytes: space.totalBytes }),
  };
}

export function roleOf(column: number, { k }: Policy): WireColumn['role'] {
  return column < k ? 'data' : 'parity';
}

export function wireColumn(
  { column, nodeId, health, badRows }: ColumnStanding,
  policy: Policy,
  labels: ReadonlyMap<NodeId, string>,
): WireColumn {
  const node = nodeId && labels.get(nodeId);
  return {
    column,
    role: roleOf(column, policy),
    health,
    badRows: [...badRows],
    ...(node !== undefined && { node }),
  };
}

function labelAt(at: number): string {
  return `node ${at + 1}`;
}
