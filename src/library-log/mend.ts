import type { StorageNode } from '../vault/index.ts';
import { listSegments, type LogPlace, readSegment, storeOn } from './segments.ts';

export interface MendOptions {
  readonly place: LogPlace;
  /** The nodes that may lack segments. */
  readonly targets: readonly StorageNode[];
  /** Names that no node needs any more. */
  readonly except: ReadonlySet<string>;
  /** True when it is time to stop; a later call goes on. */
  readonly isOver: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies what other nodes hold of the log, of all servers, to nodes that were away or are new. Answers the
 * targets that have everything now.
 */
export async function mendNodes(options: MendOptions): Promise<readonly StorageNode[]> {
  const { place, except, isOver, signal } = options;
  const { segments, listed } = await listSegments(place, undefined, signal);
  const wanting = new Set(options.targets.filter((node) => listed.includes(node)));
  for (const found of segments.values()) {
    if (wanting.size === 0 || isOver()) break;
    const lacking = [...wanting].filter((node) => !found.copies.some((copy) => copy.node === node));
    if (lacking.length === 0 || except.has(found.name)) continue;
    const read = await readSegment(place, found, signal);
    // Nobody holds it whole: there is nothing to copy.
    if (!read) continue;
    for (const node of lacking) {
      try {
        await storeOn(place, node, found.name, read.object, signal);
      } catch {
        signal?.throwIfAborted();
        wanting.delete(node);
      }
    }
  }
  return isOver() ? [] : [...wanting];
}
