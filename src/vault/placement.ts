import {
  type AssetId,
  ClefError,
  concatBytes,
  fromHex,
  type LayoutId,
  type NodeId,
  utf8,
} from '../core/index.ts';
import { shortSha256 } from './short-sha256.ts';

/** What placement needs to know of a node. */
export interface PlacementNode {
  readonly id: NodeId;
  /** Its share of the columns, relative to the others'. Zero: it takes none, and is looked at last. */
  readonly weight: number;
  readonly failureDomain: string;
}

/** What is placed: an asset dealt out anew may lie elsewhere. */
export interface PlacementKey {
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
}

export interface Placement<Node extends PlacementNode> {
  /** By column. Shorter than was asked for where there are fewer nodes and they may not be shared. */
  readonly nodes: readonly Node[];
  /** Losing any one domain loses at most this many columns; 1 is what is wanted. */
  readonly columnsPerDomain: number;
  /** The same for nodes: more than 1 only where that was allowed and there was no other way. */
  readonly columnsPerNode: number;
}

const HASH_PREFIX = utf8('clef/p1');

/**
 * Every node, the best place first: weighted rendezvous hashing. The score is -weight / ln(u) with u uniform
 * in (0, 1) and drawn from node, asset and layout (docs/format.md, "Placement"), so each node comes first as
 * often as its weight says, and one that is added or removed changes the order of no others.
 */
export function rankNodes<Node extends PlacementNode>(key: PlacementKey, nodes: readonly Node[]): Node[] {
  const subject = concatBytes(fromHex(key.assetId), fromHex(key.layoutId));
  const seen = new Set<NodeId>();
  const scored = nodes.map((node) => {
    if (!Number.isFinite(node.weight) || node.weight < 0) {
      throw new ClefError('config-invalid', `node ${node.id} has weight ${node.weight}, expected 0 or more`);
    }
    if (seen.has(node.id)) throw new ClefError('config-invalid', `node ${node.id} is named twice`);
    seen.add(node.id);
    return { node, score: -node.weight / Math.log(uniform(node.id, subject)) };
  });
  scored.sort((a, b) => b.score - a.score || (a.node.id < b.node.id ? -1 : 1));
  return scored.map(({ node }) => node);
}

/**
 * Nodes for an asset's columns, in the order of their rank: first one of each failure domain, then further
 * nodes of the domains that have the fewest columns. Only `shareNodes` puts two columns on one node, and
 * only once every node has one. A node added to n equal ones changes one column of an asset in n + 1.
 */
export function placeColumns<Node extends PlacementNode>(
  key: PlacementKey,
  nodes: readonly Node[],
  columnCount: number,
  options: { readonly shareNodes?: boolean } = {},
): Placement<Node> {
  const ranked = rankNodes(key, nodes).filter((node) => node.weight > 0);
  const perDomain = new Map<string, number>();
  const perNode = new Map<NodeId, number>();
  const chosen: Node[] = [];
  while (chosen.length < columnCount) {
    const best = leastUsed(ranked, perNode, perDomain);
    if (!best || (perNode.has(best.id) && options.shareNodes !== true)) break;
    chosen.push(best);
    increment(perNode, best.id);
    increment(perDomain, best.failureDomain);
  }
  return {
    nodes: chosen,
    columnsPerDomain: Math.max(0, ...perDomain.values()),
    columnsPerNode: Math.max(0, ...perNode.values()),
  };
}

/** The best-ranked among the nodes with the fewest columns, then among the domains with the fewest. */
function leastUsed<Node extends PlacementNode>(
  ranked: readonly Node[],
  perNode: ReadonlyMap<NodeId, number>,
  perDomain: ReadonlyMap<string, number>,
): Node | undefined {
  let best: Node | undefined;
  for (const node of ranked) {
    if (!best) {
      best = node;
      continue;
    }
    const onNode = (perNode.get(node.id) ?? 0) - (perNode.get(best.id) ?? 0);
    const inDomain = (perDomain.get(node.failureDomain) ?? 0) - (perDomain.get(best.failureDomain) ?? 0);
    if (onNode < 0 || (onNode === 0 && inDomain < 0)) best = node;
  }
  return best;
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** 52 bits of SHA-256, moved to the middle of their interval so that neither 0 nor 1 occurs. */
function uniform(nodeId: NodeId, subject: Uint8Array): number {
  const [high = 0, low = 0] = shortSha256(concatBytes(HASH_PREFIX, fromHex(nodeId), subject));
  return (high * 2 ** 20 + (low >>> 12) + 0.5) / 2 ** 52;
}
