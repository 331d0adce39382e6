import * as v from 'valibot';
import {
  type AssetId,
  ClefError,
  fromUtf8,
  isClefError,
  isHexId,
  type LibraryId,
  type NodeId,
  utf8,
} from '../core/index.ts';
import { signStatement, type SigningKey, type Trust, verifyStatement } from '../crypto/index.ts';
import { ensureObject } from './ensure-object.ts';
import type { NodeSet } from './node-set.ts';
import type { NodeCallOptions, StorageNode } from './nodes/port.ts';

// docs/format.md, "Tombstone".

const TOMBSTONE_TYPE = 'clef-tombstone';
/** A tombstone is some hundred bytes; anything longer under its name is none. */
const MAX_TOMBSTONE_BYTES = 4_096;

/** That a person removed an asset, and when. */
export interface Tombstone {
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  readonly atMs: number;
}

export interface SignedTombstone extends Tombstone {
  readonly jws: string;
}

const tombstoneSchema = v.strictObject({
  format: v.literal(1),
  library: v.string(),
  asset: v.custom<AssetId>((value) => typeof value === 'string' && isHexId(value)),
  atMs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

export async function signTombstone(tombstone: Tombstone, signer: SigningKey): Promise<SignedTombstone> {
  const { libraryId, assetId, atMs } = tombstone;
  const value = { format: 1, library: libraryId, asset: assetId, atMs };
  return { libraryId, assetId, atMs, jws: await signStatement(TOMBSTONE_TYPE, value, signer) };
}

/** Throws `signature-invalid` for a signer that is not trusted, `malformed-asset` for what no Clef signs. */
export async function verifyTombstone(jws: string, trust: Trust): Promise<SignedTombstone> {
  const { value } = await verifyStatement(jws, TOMBSTONE_TYPE, ({ kid }) => trust.keyFor(kid));
  const parsed = v.safeParse(tombstoneSchema, value);
  if (!parsed.success || parsed.output.library !== trust.libraryId) {
    throw new ClefError(
      'malformed-asset',
      'a tombstone does not follow the format, or is of another library',
    );
  }
  return { libraryId: trust.libraryId, assetId: parsed.output.asset, atMs: parsed.output.atMs, jws };
}

function tombstoneName({ libraryId, assetId }: Pick<Tombstone, 'libraryId' | 'assetId'>): string {
  return `${tombstonePrefix(libraryId)}${assetId}`;
}

export interface SpreadOptions extends NodeCallOptions {
  readonly nodes: NodeSet;
  readonly trust: Trust;
}

/**
 * Puts a tombstone on every node that answers, and resolves once `copies` of them have it: m + 1, so that m may
 * be lost. Throws `vault-too-few-nodes` where fewer do; it may be called again.
 */
export async function writeTombstone(
  tombstone: SignedTombstone,
  options: SpreadOptions & { readonly copies: number },
): Promise<void> {
  const copies = await spreadTombstone(tombstone, options.nodes.reachable(), options);
  if (copies < options.copies) {
    throw new ClefError(
      'vault-too-few-nodes',
      `the tombstone of asset ${tombstone.assetId} is on ${copies} nodes, expected ${options.copies} or more`,
    );
  }
}

/** Answers on how many of the nodes the tombstone is now. */
export async function spreadTombstone(
  tombstone: SignedTombstone,
  nodes: readonly StorageNode[],
  { trust, signal }: Omit<SpreadOptions, 'nodes'>,
): Promise<number> {
  const accept = async (bytes: Uint8Array): Promise<boolean> =>
    (await tombstoneIn(bytes, trust))?.assetId === tombstone.assetId;
  const spread = await Promise.allSettled(
    nodes.map((node) =>
      ensureObject(node, tombstoneName(tombstone), utf8(tombstone.jws), accept, {
        ...(signal && { signal }),
      }),
    ),
  );
  signal?.throwIfAborted();
  return spread.filter(({ status }) => status === 'fulfilled').length;
}

/** A tombstone and the nodes that have an object under its name. */
export interface FoundTombstone extends SignedTombstone {
  readonly nodeIds: ReadonlySet<NodeId>;
}

/**
 * All tombstones that verify, from all nodes that answer: one copy counts, since it is signed. What does not
 * verify is passed over; it can delete nothing.
 */
export async function loadTombstones(options: {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly trust: Trust;
  readonly signal?: AbortSignal;
}): Promise<ReadonlyMap<AssetId, FoundTombstone>> {
  const { nodes, libraryId, trust, signal } = options;
  const prefix = tombstonePrefix(libraryId);
  const tombstones = new Map<AssetId, SignedTombstone & { readonly nodeIds: Set<NodeId> }>();
  for (const node of nodes.reachable()) {
    try {
      for await (const { name, lengthBytes } of node.list(prefix, { ...(signal && { signal }) })) {
        const assetId = name.slice(prefix.length) as AssetId; // no key of the map unless it verifies
        const known = tombstones.get(assetId);
        known?.nodeIds.add(node.id);
        if (known || lengthBytes > MAX_TOMBSTONE_BYTES) continue;
        const bytes = await node.read(name, 0, lengthBytes, { ...(signal && { signal }) });
        const tombstone = await tombstoneIn(bytes, trust);
        if (tombstone?.assetId !== assetId) continue;
        tombstones.set(assetId, { ...tombstone, nodeIds: new Set([node.id]) });
      }
    } catch (error) {
      signal?.throwIfAborted();
      // A node that fails here is one that does not answer; the others have their copies.
      if (!isClefError(error)) throw error;
    }
  }
  return tombstones;
}

/** The same for one asset; undefined where no node that answers has a tombstone of it that verifies. */
export async function findTombstone(
  name: Pick<Tombstone, 'libraryId' | 'assetId'>,
  { nodes, trust, signal }: SpreadOptions,
): Promise<SignedTombstone | undefined> {
  const call = { ...(signal && { signal }) };
  for (const node of nodes.reachable()) {
    try {
      const info = await node.stat(tombstoneName(name), call);
      if (!info || info.lengthBytes > MAX_TOMBSTONE_BYTES) continue;
      const tombstone = await tombstoneIn(await node.read(info.name, 0, info.lengthBytes, call), trust);
      if (tombstone?.assetId === name.assetId) return tombstone;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isClefError(error)) throw error;
    }
  }
  return undefined;
}

async function tombstoneIn(bytes: Uint8Array, trust: Trust): Promise<SignedTombstone | undefined> {
  try {
    return await verifyTombstone(fromUtf8(bytes), trust);
  } catch {
    return undefined;
  }
}

function tombstonePrefix(libraryId: LibraryId): string {
  return `${libraryId}/tombstones/`;
}
