import type { CatalogReader, ColumnClaims, ColumnCopyRef, StoredAsset } from '../../catalog/index.ts';
import type { LayoutId, NodeId } from '../../core/index.ts';
import { columnsInNeed, type InspectedLayout } from '../../vault/index.ts';

/** Of the layouts that nodes have of one asset, the one that can lose most; undefined where none verifies. */
export function bestLayout(layouts: readonly InspectedLayout[]): InspectedLayout | undefined {
  const spareOf = (one: InspectedLayout): number =>
    (one.truth?.layout.policy.m ?? Number.NEGATIVE_INFINITY) - columnsInNeed(one).length;
  return layouts.filter(({ truth }) => truth).toSorted((a, b) => spareOf(b) - spareOf(a))[0];
}

/**
 * Names a layout that can be read where the catalogue names one that cannot: after a recovery, the newest policy change
 * may be on the nodes and not in the log. `layouts` are all that the nodes have of the asset.
 */
export async function nameReadable(
  catalog: ColumnClaims & Pick<CatalogReader, 'asset'>,
  layouts: readonly InspectedLayout[],
  owner: string,
): Promise<boolean> {
  const best = bestLayout(layouts);
  const named = best && (await catalog.asset(best.name.assetId));
  if (!best?.truth || !named || named.layoutId === best.name.layoutId || !isReadable(best)) return false;
  const current = layouts.find(({ name }) => name.layoutId === named.layoutId);
  if (current && isReadable(current)) return false;
  const columnNodes = wholeHomes(best);
  const copies = copiesOf(named, best.name.layoutId, columnNodes);
  if ((await catalog.claimColumns(copies, owner)).length < copies.length) return false;
  const storedBytes = best.columns.reduce((total, { info }) => total + info.lengthBytes, 0);
  const { policy } = best.truth.layout;
  const next = { layoutId: best.name.layoutId, policy, columnNodes, storedBytes };
  const isSwitched = await catalog.switchLayout(named.assetId, named.layoutId, next, owner);
  await catalog.releaseColumns([...copies, ...copiesOf(named, named.layoutId, named.columnNodes)], owner);
  return isSwitched;
}

function isReadable(layout: InspectedLayout): boolean {
  return layout.truth !== undefined && columnsInNeed(layout).length <= layout.truth.layout.policy.m;
}

function wholeHomes({ truth, columns }: InspectedLayout): readonly (NodeId | undefined)[] {
  return Array.from(
    { length: truth?.layout.columnCount ?? 0 },
    (_, column) => columns.find((copy) => copy.column === column && copy.damage === undefined)?.node.id,
  );
}

function copiesOf(
  { assetId }: StoredAsset,
  layoutId: LayoutId,
  nodes: readonly (NodeId | undefined)[],
): readonly ColumnCopyRef[] {
  return nodes.flatMap((nodeId, column) => (nodeId ? { assetId, layoutId, column, nodeId } : []));
}
