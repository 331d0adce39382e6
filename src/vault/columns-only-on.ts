import type { AssetId, LibraryId, NodeId } from '../core/index.ts';
import { parseColumnObjectName } from './column-object.ts';
import { findLayout } from './found-layouts.ts';
import type { NodeSet } from './node-set.ts';

export interface ColumnsOnlyOnOptions {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  /** Assets that do not count: their tombstones say that they may go. */
  readonly except: Pick<ReadonlySet<AssetId>, 'has'>;
  readonly signal?: AbortSignal;
}

/** How many columns a node has that no other node has, by names alone. */
export async function columnsOnlyOn(
  id: NodeId,
  { nodes, libraryId, except, signal }: ColumnsOnlyOnOptions,
): Promise<number> {
  const node = nodes.get(id);
  let count = 0;
  for await (const { name } of node?.list(`${libraryId}/`, { ...(signal && { signal }) }) ?? []) {
    const column = parseColumnObjectName(name);
    if (!column || except.has(column.assetId)) continue;
    const { columns } = await findLayout(nodes, column, signal);
    if (!columns.some((copy) => copy.column === column.column && copy.node.id !== id)) count++;
  }
  return count;
}
