import { type AssetLocation, ClefError, type NodeId } from '../core/index.ts';
import { parseAssetHeader } from '../crypto/index.ts';
import { columnObjectName, type LayoutName } from './column-object.ts';
import { createLayout, type Layout } from './layout.ts';

/** Where the columns of one asset were last found. Shared by its readers. */
export interface ColumnPlaces {
  readonly name: LayoutName;
  readonly layout: Layout;
  /** By column; kept, since a string that is put together anew costs a look-up by it ten times as much. */
  readonly objectNames: readonly string[];
  /** By column: the catalogue's word, then what was found. */
  readonly nodeIds: (NodeId | undefined)[];
  /** By column: until then nobody looks for it again, since parity makes up for it; 0 where it is not lost. */
  readonly lostUntilMs: number[];
  /** By column: it was lost while its node was away, and is looked for again as soon as that answers. */
  readonly lostWithNode: boolean[];
}

/** Throws `malformed-asset` for a location with the header of another asset. */
export function placesOf(location: AssetLocation): ColumnPlaces {
  const { libraryId, assetId, layoutId, policy } = location;
  const header = parseAssetHeader(location.header);
  if (header.assetId !== assetId) {
    throw new ClefError('malformed-asset', `asset ${assetId} has the header of another`);
  }
  const name = { libraryId, assetId, layoutId };
  const layout = createLayout(policy, header.paddedLengthBytes);
  const columns = Array.from({ length: layout.columnCount }, (_, column) => column);
  return {
    name,
    layout,
    objectNames: columns.map((column) => columnObjectName(name, column)),
    nodeIds: columns.map((column) => location.columnNodes[column]),
    lostUntilMs: columns.map(() => 0),
    lostWithNode: columns.map(() => false),
  };
}

/** The catalogue's word counts again once it has changed. */
export function relocate(places: ColumnPlaces, before: AssetLocation, now: AssetLocation): void {
  for (const [column, nodeId] of now.columnNodes.entries()) {
    if (nodeId === before.columnNodes[column]) continue;
    places.nodeIds[column] = nodeId;
    places.lostUntilMs[column] = 0;
  }
}
