import { type AssetLocation, ClefError, isClefError } from '../core/index.ts';
import type { TrackKey, Trust } from '../crypto/index.ts';
import { type AssetFacts, openFacts } from './birth.ts';
import { readColumnHead } from './column-check.ts';
import { columnObjectName } from './column-object.ts';
import { findLayout } from './found-layouts.ts';
import { inspectLayout } from './inspect-layout.ts';
import type { NodeSet } from './node-set.ts';

export interface ReadFactsOptions {
  readonly nodes: NodeSet;
  readonly trust: Trust;
  readonly signal?: AbortSignal;
}

/**
 * What an asset was when it was sealed, from the first column whose manifest verifies: where the catalogue says, else
 * wherever one lies. Throws `vault-asset-lost` where no node that answers has one.
 */
export async function readFacts(
  location: AssetLocation,
  trackKey: TrackKey,
  { nodes, trust, signal }: ReadFactsOptions,
): Promise<AssetFacts> {
  const call = { ...(signal && { signal }) };
  for (const [column, nodeId] of location.columnNodes.entries()) {
    const node = nodeId === undefined ? undefined : nodes.get(nodeId);
    if (!node) continue;
    try {
      const info = await node.stat(columnObjectName(location, column), call);
      if (!info) continue;
      const { manifest } = await readColumnHead(node, { ...location, column }, info, trust, call);
      return await openFacts(trackKey, manifest);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isClefError(error)) throw error;
    }
  }
  const { libraryId, assetId, layoutId } = location;
  const found = await findLayout(nodes, { libraryId, assetId, layoutId }, signal);
  const context = { trust, depth: 'head' as const, random: () => 0, pace: async () => undefined, ...call };
  const { truth } = await inspectLayout(found, context);
  if (truth) return openFacts(trackKey, truth.manifest);
  throw new ClefError('vault-asset-lost', `no node that answers has a manifest of asset ${assetId}`);
}
