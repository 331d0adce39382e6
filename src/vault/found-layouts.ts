import type { LibraryId, NodeId } from '../core/index.ts';
import { assetPrefix, type LayoutName, parseColumnObjectName } from './column-object.ts';
import type { NodeSet } from './node-set.ts';
import type { ObjectInfo, StorageNode } from './nodes/port.ts';

/** An object that bears the name of a column; nothing is known yet about its bytes. */
export interface FoundColumn {
  readonly column: number;
  readonly node: StorageNode;
  readonly info: ObjectInfo;
}

/** What the nodes that answer hold under the names of one layout. */
export interface FoundLayout {
  readonly name: LayoutName;
  readonly columns: readonly FoundColumn[];
}

/** One of the 256 parts that a library is walked in. */
export interface FoundPart {
  readonly part: number;
  readonly layouts: readonly FoundLayout[];
  /** Nodes that were known and did not list everything: what seems to be missing may lie there. */
  readonly unanswered: readonly NodeId[];
}

export interface WalkOptions {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  /** Parts before it are passed over: where an earlier walk stopped. */
  readonly fromPart?: number;
  readonly signal?: AbortSignal;
}

/** By the first two digits of the asset id. */
export const PART_COUNT = 256;
/** A bucket takes 0.15 s for a listing, however short: small parts are listed together. */
const MOST_TOGETHER = 16;
/** So much of a listing is held at once, unless one part alone is more. */
const HELD_COLUMNS = 20_000;

/** Walks what the nodes hold of a library, in the order of asset ids. Holds one part at a time, or some small ones. */
export async function* enumerateLayouts(options: WalkOptions): AsyncGenerator<FoundPart, void, undefined> {
  let together = 1;
  let next = options.fromPart ?? 0;
  while (next < PART_COUNT) {
    options.signal?.throwIfAborted();
    const count = Math.min(together, PART_COUNT - next);
    const listings = Array.from({ length: count }, (_, i) => listPart(options, next + i));
    let largest = 1;
    for (const part of await Promise.all(listings)) {
      options.signal?.throwIfAborted();
      largest = Math.max(
        largest,
        part.layouts.reduce((sum, { columns }) => sum + columns.length, 0),
      );
      yield part;
    }
    next += count;
    together = Math.min(MOST_TOGETHER, Math.max(1, Math.floor(HELD_COLUMNS / largest)));
  }
}

/** The same for one layout; without columns where no node has any. */
export async function findLayout(
  nodes: NodeSet,
  name: LayoutName,
  signal?: AbortSignal,
): Promise<FoundLayout & Pick<FoundPart, 'unanswered'>> {
  const prefix = `${assetPrefix(name.libraryId, name.assetId)}${name.layoutId}.`;
  const { layouts, unanswered } = await findLayoutsOf(nodes, prefix, signal);
  return { name, columns: layouts[0]?.columns ?? [], unanswered };
}

async function listPart({ nodes, libraryId, signal }: WalkOptions, part: number): Promise<FoundPart> {
  const prefix = `${libraryId}/${part.toString(16).padStart(2, '0')}/`;
  return { part, ...(await findLayoutsOf(nodes, prefix, signal)) };
}

/** Every layout under a prefix. */
export async function findLayoutsOf(
  nodes: NodeSet,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<Pick<FoundPart, 'layouts' | 'unanswered'>> {
  const layouts = new Map<string, { name: LayoutName; columns: FoundColumn[] }>();
  const unanswered: NodeId[] = [];
  await Promise.all(
    nodes.known().map(async ({ id }) => {
      const node = nodes.get(id);
      try {
        if (!node) throw new Error('it is offline');
        for await (const info of node.list(prefix, { ...(signal && { signal }) })) {
          const name = parseColumnObjectName(info.name);
          if (name) add(layouts, name, { column: name.column, node, info });
        }
      } catch {
        signal?.throwIfAborted();
        unanswered.push(id);
      }
    }),
  );
  const sorted = [...layouts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, layout]) => layout);
  return { layouts: sorted, unanswered };
}

function add(
  layouts: Map<string, { name: LayoutName; columns: FoundColumn[] }>,
  { libraryId, assetId, layoutId }: LayoutName,
  column: FoundColumn,
): void {
  const key = `${assetId}.${layoutId}`;
  const known = layouts.get(key);
  if (known) known.columns.push(column);
  else layouts.set(key, { name: { libraryId, assetId, layoutId }, columns: [column] });
}
