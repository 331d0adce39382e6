import type { AssetId, LibraryId, NodeId, Policy } from '../core/index.ts';
import type { Trust } from '../crypto/index.ts';
import { assetPrefix, type LayoutName } from './column-object.ts';
import type { DamageReason } from './damage.ts';
import { findLayoutsOf } from './found-layouts.ts';
import { type InspectContext, inspectLayout } from './inspect-layout.ts';
import type { KnownNode, NodeSet } from './node-set.ts';
import type { NodeSpace } from './nodes/port.ts';

export interface NodeStatus extends KnownNode {
  /** Undefined where the node does not answer. */
  readonly space: NodeSpace | undefined;
}

export interface VaultStatus {
  readonly nodes: readonly NodeStatus[];
  readonly policy: Policy;
  /** Distinct failure domains that answer, of the k + m that are wanted. */
  readonly domainsAnswering: number;
  readonly domainsWanted: number;
  /** A new asset would have all its columns, each in a failure domain of its own. */
  readonly isComplete: boolean;
}

/** How the nodes are, after asking each of them. */
export async function vaultStatus(options: {
  readonly nodes: NodeSet;
  readonly policy: Policy;
  readonly signal?: AbortSignal;
}): Promise<VaultStatus> {
  const { nodes: set, policy, signal } = options;
  await set.probe({ ...(signal && { signal }) });
  const nodes = await Promise.all(set.known().map((known) => statusOf(set, known, signal)));
  const answering = nodes.filter(({ space }) => space !== undefined);
  const domainsAnswering = new Set(answering.map(({ failureDomain }) => failureDomain)).size;
  const domainsWanted = policy.k + policy.m;
  return { nodes, policy, domainsAnswering, domainsWanted, isComplete: domainsAnswering >= domainsWanted };
}

async function statusOf(
  nodes: NodeSet,
  known: KnownNode,
  signal: AbortSignal | undefined,
): Promise<NodeStatus> {
  try {
    return { ...known, space: await nodes.get(known.id)?.free({ ...(signal && { signal }) }) };
  } catch {
    signal?.throwIfAborted();
    return { ...known, space: undefined };
  }
}

export interface ColumnMap {
  readonly column: number;
  /** False for a column that no chunk falls into. */
  readonly isStored: boolean;
  readonly copies: readonly { readonly nodeId: NodeId; readonly damage: DamageReason | undefined }[];
}

export interface LayoutMap {
  readonly name: LayoutName;
  /** Undefined where no column verifies. */
  readonly policy: Policy | undefined;
  readonly columns: readonly ColumnMap[];
}

/** Where the columns of an asset lie and how they are, by layout. */
export async function mapAsset(options: {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  readonly trust: Trust;
  readonly depth: InspectContext['depth'];
  readonly signal?: AbortSignal;
}): Promise<readonly LayoutMap[]> {
  const { nodes, libraryId, assetId, trust, depth, signal } = options;
  const { layouts } = await findLayoutsOf(nodes, assetPrefix(libraryId, assetId), signal);
  const context: InspectContext = {
    trust,
    depth,
    random: () => 0,
    pace: async () => undefined,
    ...(signal && { signal }),
  };
  return Promise.all(
    layouts.map(async (found) => {
      const { name, truth, columns } = await inspectLayout(found, context);
      const count = truth?.layout.columnCount ?? Math.max(...columns.map(({ column }) => column + 1));
      return {
        name,
        policy: truth?.layout.policy,
        columns: Array.from({ length: count }, (_, column) => ({
          column,
          isStored: truth?.layout.storedColumns.includes(column) ?? true,
          copies: columns
            .filter((copy) => copy.column === column)
            .map(({ node, damage }) => ({ nodeId: node.id, damage })),
        })),
      };
    }),
  );
}
