import { isClefError, type LibraryId, type NodeId } from '../core/index.ts';
import { columnObjectName } from './column-object.ts';
import type { ColumnCopyName, ColumnWorker } from './column-register.ts';
import type { NodeSet } from './node-set.ts';

export interface ErasedCopies {
  readonly erased: number;
  /** Nodes that are away, or did not delete what they have. */
  readonly waitingFor: readonly NodeId[];
}

/**
 * Deletes copies of one asset that the worker has claimed, and releases them; answers what went. The claim is asked
 * for once more, so that nothing goes that came to count. What a node that is away has stays claimed, and goes when
 * somebody inherits it; what a node has that is no longer used is left to itself.
 */
export async function eraseClaimed(
  worker: ColumnWorker,
  copies: readonly ColumnCopyName[],
  { nodes, libraryId }: { readonly nodes: NodeSet; readonly libraryId: LibraryId },
): Promise<ErasedCopies> {
  const known = new Set(nodes.known().map(({ id }) => id));
  const waiting: ColumnCopyName[] = [];
  let erased = 0;
  for (const copy of await worker.claim(copies)) {
    if (!known.has(copy.nodeId)) continue;
    try {
      const node = nodes.get(copy.nodeId);
      // Never cut short: a worker has not ended while a deletion of its own is under way.
      if (node) await node.delete(columnObjectName({ libraryId, ...copy }, copy.column));
      if (node) erased++;
      else waiting.push(copy);
    } catch (error) {
      if (!isClefError(error)) throw error;
      waiting.push(copy);
    }
  }
  await worker.release(copies.filter((copy) => !waiting.some((one) => isSame(one, copy))));
  return { erased, waitingFor: waiting.map(({ nodeId }) => nodeId) };
}

function isSame(a: ColumnCopyName, b: ColumnCopyName): boolean {
  return a.layoutId === b.layoutId && a.column === b.column && a.nodeId === b.nodeId;
}
