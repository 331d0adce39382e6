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
import { severalAtOnce } from './several-at-once.ts';

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

/** A tombstone that verified, without its bytes: there may be many. */
export interface FoundTombstone extends Tombstone {
  /** Nodes that have an object under its name, but for those where it was read and did not verify. */
  readonly nodeIds: ReadonlySet<NodeId>;
}

/** A bucket takes 0.15 s a call, and no tombstone ever goes. */
export const TOMBSTONES_AT_ONCE = 16;

/**
 * All tombstones that verify, from all nodes that answer: one copy counts, since it is signed, and one is read. What does
 * not verify is passed over for the next node's; it can delete nothing.
 */
export async function loadTombstones(options: {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly trust: Trust;
  readonly signal?: AbortSignal;
}): Promise<ReadonlyMap<AssetId, FoundTombstone>> {
  const { libraryId, trust, signal } = options;
  const tombstones = new Map<AssetId, FoundTombstone>();
  const sets = new Map<string, ReadonlySet<NodeId>>();
  // One that fails here is one that does not answer; the others have their copies.
  const failed = new Set<StorageNode>();
  await severalAtOnce(await listTombstones(options), TOMBSTONES_AT_ONCE, async ([name, copies]) => {
    const refused = new Set<NodeId>();
    for (const { node, lengthBytes } of copies) {
      if (failed.has(node)) continue;
      try {
        const bytes = await node.read(name, 0, lengthBytes, { ...(signal && { signal }) });
        const tombstone = await tombstoneIn(bytes, trust);
        if (tombstone && tombstoneName(tombstone) === name) {
          const ids = copies.map((copy) => copy.node.id).filter((id) => !refused.has(id));
          const key = ids.join();
          // Most lie on the same nodes.
          const nodeIds = sets.getOrInsertComputed(key, () => new Set(ids));
          const { assetId, atMs } = tombstone;
          tombstones.set(assetId, { libraryId, assetId, atMs, nodeIds });
          return;
        }
        refused.add(node.id);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isClefError(error)) throw error;
        failed.add(node);
      }
    }
  });
  return tombstones;
}

interface TombstoneCopy {
  readonly node: StorageNode;
  readonly lengthBytes: number;
}

/** By its name, what may be a tombstone, and where. */
async function listTombstones({
  nodes,
  libraryId,
  signal,
}: {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly signal?: AbortSignal;
}): Promise<ReadonlyMap<string, readonly TombstoneCopy[]>> {
  const listings = nodes.reachable().map(async (node) => {
    const listed: { readonly name: string; readonly copy: TombstoneCopy }[] = [];
    try {
      for await (const { name, lengthBytes } of node.list(tombstonePrefix(libraryId), {
        ...(signal && { signal }),
      })) {
        if (lengthBytes <= MAX_TOMBSTONE_BYTES) listed.push({ name, copy: { node, lengthBytes } });
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!isClefError(error)) throw error;
    }
    return listed;
  });
  const found = new Map<string, TombstoneCopy[]>();
  for (const { name, copy } of (await Promise.all(listings)).flat()) {
    found.getOrInsertComputed(name, () => []).push(copy);
  }
  return found;
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
