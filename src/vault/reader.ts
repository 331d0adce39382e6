import type { AssetLocation, ByteRange, Bytes } from '../core/index.ts';
import type { AeadFactory, TrackKey } from '../crypto/index.ts';
import { ChunkCache } from './chunk-cache.ts';
import type { LayoutName } from './column-object.ts';
import { ColumnSource } from './column-source.ts';
import { DamageDesk, type DamageListener } from './damage.ts';
import type { ErasureCode } from './erasure/index.ts';
import type { NodeSet } from './node-set.ts';
import { OpenAssets } from './open-assets.ts';
import { rankNodes } from './placement.ts';
import { type ReadOptions, readAsset } from './read.ts';
import { SealedBudget } from './sealed-budget.ts';
import { sealedChunk } from './sealed-chunk.ts';
import { SealedColumns } from './sealed-columns.ts';

export interface VaultReaderOptions {
  readonly nodes: NodeSet;
  readonly aead: AeadFactory;
  readonly erasure: ErasureCode;
  /** Told of every column that is missing, tampered with or out of reach. Must not throw. */
  readonly onDamage: DamageListener;
  readonly now: () => number;
  /** Decrypted chunks that are kept; 0 for none. Default 64 MiB. */
  readonly cacheBytes?: number;
  /** Sealed bytes that all readers together may hold; beyond, each gets a chunk at a time. Default 256 MiB. */
  readonly sealedBytes?: number;
  /** Reads under way on one node at once. Default 64. */
  readonly readsPerNode?: number;
  /** How long a node may take before parity is tried instead. Default 2 s. */
  readonly patienceMs?: number;
}

const DEFAULT_CACHE_BYTES = 64 * 2 ** 20;
const DEFAULT_SEALED_BYTES = 256 * 2 ** 20;
const DEFAULT_READS_PER_NODE = 64;
const DEFAULT_PATIENCE_MS = 2_000;

/** The reading half of a vault: all that a server, or a worker without catalogue and signing key, plays from. */
export interface VaultReader {
  /**
   * A range within the true length of an asset, verified, in pieces of at most a chunk. Pieces are read-only;
   * `releasePiece` frees one early. Ends with the signal's reason when it aborts. Throws `decryption-failed`
   * for a key that is not the asset's, `vault-asset-lost` or `vault-too-few-nodes` for what cannot be had.
   */
  read(
    location: AssetLocation,
    trackKey: TrackKey,
    range: ByteRange,
    options?: ReadOptions,
  ): AsyncIterable<Bytes>;
  /** One sealed chunk, verified; the rest is as for `read`. The caller's own. */
  sealedChunk(
    location: AssetLocation,
    trackKey: TrackKey,
    chunk: number,
    options?: ReadOptions,
  ): Promise<Bytes>;
  /**
   * A range of a column's cells as its node holds them, sealed and unverified, without any key. Otherwise as
   * `read`. Throws `vault-column-lost` soon where they cannot be had, `range-not-satisfiable` outside.
   */
  readColumn(
    location: AssetLocation,
    column: number,
    range: ByteRange,
    options?: ReadOptions,
  ): AsyncIterable<Bytes>;
  /** What readers found damaged, for repair. */
  readonly damage: DamageDesk;
}

export function createVaultReader(options: VaultReaderOptions): VaultReader {
  const { nodes, now, erasure } = options;
  const damage = new DamageDesk({ listener: options.onDamage, now });
  const source = new ColumnSource({
    nodes,
    desk: damage,
    now,
    rank: (name: LayoutName) => rankNodes(name, nodes.known()).map(({ id }) => id),
    readsPerNode: options.readsPerNode ?? DEFAULT_READS_PER_NODE,
    patienceMs: options.patienceMs ?? DEFAULT_PATIENCE_MS,
  });
  const context = {
    source,
    desk: damage,
    erasure,
    assets: new OpenAssets(options.aead),
    cache: new ChunkCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES),
    budget: new SealedBudget(options.sealedBytes ?? DEFAULT_SEALED_BYTES),
    breathe: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
  const columns = new SealedColumns(source);
  return {
    damage,
    sealedChunk: (location, trackKey, chunk, readOptions) =>
      sealedChunk(context, location, trackKey, chunk, readOptions),
    readColumn: (location, column, range, readOptions) => columns.read(location, column, range, readOptions),
    read: (location, trackKey, range, readOptions) =>
      readAsset(context, location, trackKey, range, readOptions),
  };
}
