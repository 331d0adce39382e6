import { type Bytes, ClefError, isClefError } from '../core/index.ts';
import type { BatchBytes, Piece } from './batch-bytes.ts';
import type { ColumnSource } from './column-source.ts';
import { combinations } from './combinations.ts';
import type { DamageDesk } from './damage.ts';
import type { ErasureCode } from './erasure/index.ts';
import { firstFound } from './first-found.ts';
import { freeBytes } from './free-bytes.ts';
import type { ChunkPlace } from './layout.ts';
import type { OpenAsset } from './open-assets.ts';
import { RowSlice } from './row-slice.ts';

export interface RecoveryContext {
  readonly source: ColumnSource;
  readonly desk: DamageDesk;
  readonly erasure: ErasureCode;
}

/** Choices of parity tried for one chunk; with m = 2 there are three at most. */
const MAX_ATTEMPTS = 256;

/**
 * A chunk whose own column is lost or lies, from the other columns of its row. Nobody is believed: what comes
 * out opened under the asset's key, and a column whose bytes did not is reported. Throws `vault-asset-lost`, or
 * `vault-too-few-nodes` where a node that is away may have what is missing.
 */
export function recoverChunk(
  context: RecoveryContext,
  asset: OpenAsset,
  batch: BatchBytes,
  chunk: number,
  signal: AbortSignal,
): Promise<Bytes> {
  return new ChunkRecovery(context, asset, batch, chunk, signal).run();
}

class ChunkRecovery {
  readonly #context: RecoveryContext;
  readonly #asset: OpenAsset;
  readonly #batch: BatchBytes;
  readonly #chunk: number;
  readonly #signal: AbortSignal;
  readonly #target: ChunkPlace;
  readonly #slice: RowSlice;
  /** Who gave what, by column, so that a liar can be named. */
  readonly #pieces = new Map<number, Piece>();

  constructor(
    context: RecoveryContext,
    asset: OpenAsset,
    batch: BatchBytes,
    chunk: number,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#asset = asset;
    this.#batch = batch;
    this.#chunk = chunk;
    this.#signal = signal;
    const { layout } = asset.places;
    this.#target = layout.place(chunk);
    this.#slice = new RowSlice(layout, context.erasure, this.#target.row, this.#target.slot);
  }

  async run(): Promise<Bytes> {
    const { m } = this.#asset.places.layout.policy;
    const { column } = this.#target;
    const own = this.#batch.loaded(this.#target.row, this.#target.slot, column);
    if (own) this.#report(column, own);
    if (m > 0) {
      await this.#gatherData();
      const plaintext = (await this.#trustAll()) ?? (await this.#trustNobody());
      if (plaintext) return plaintext;
    }
    const looks = [this.#readElsewhere(own)];
    if (m > 0) looks.push(this.#askAgain());
    const plaintext = await firstFound(looks);
    if (plaintext) return plaintext;
    throw this.#lost();
  }

  async #gatherData(): Promise<void> {
    const others = [...this.#slice.lost].filter((column) => column !== this.#target.column);
    await Promise.all(others.map((column) => this.#fetch(column)));
  }

  /** Most often one column is gone and the others are right; the tag tells whether it was so. */
  async #trustAll(): Promise<Bytes | undefined> {
    const parity = await this.#fetchParity(this.#slice.lost.size);
    return parity ? this.#attempt(parity) : undefined;
  }

  /** Somebody lies: data pieces have tags of their own, parity is tried in every combination. */
  async #trustNobody(): Promise<Bytes | undefined> {
    const { cipher, places } = this.#asset;
    const { k, m } = places.layout.policy;
    for (const [column, piece] of this.#pieces) {
      const other = places.layout.chunkAt(this.#target.row, this.#target.slot, column);
      if (other === undefined || (await opened(() => cipher.openChunk(other, piece.bytes)))) continue;
      this.#report(column, piece);
      this.#slice.lose(column);
    }
    const missing = this.#slice.lost.size;
    if (missing > m) return undefined;
    const parity: number[] = [];
    for (let column = k; column < k + m; column++) if (await this.#fetch(column)) parity.push(column);
    let attempts = 0;
    for (const chosen of combinations(parity, missing)) {
      this.#signal.throwIfAborted();
      if (++attempts > MAX_ATTEMPTS) return undefined;
      const plaintext = await this.#attempt(chosen);
      if (!plaintext) continue;
      for (const column of this.#slice.lyingParity(chosen)) {
        const piece = this.#pieces.get(column);
        if (piece) this.#report(column, piece);
      }
      return plaintext;
    }
    return undefined;
  }

  /** The columns that seemed lost, also from nodes that were left alone for a while. */
  async #askAgain(): Promise<Bytes | undefined> {
    const { k, m } = this.#asset.places.layout.policy;
    const missing = [...this.#slice.lost].filter(
      (column) => column !== this.#target.column && !this.#pieces.has(column),
    );
    for (let column = k; column < k + m; column++) if (!this.#slice.has(column)) missing.push(column);
    const found = await Promise.all(missing.map((column) => this.#fetch(column, true)));
    return found.includes(true) ? this.#trustNobody() : undefined;
  }

  /** A copy of the column on another node, or on one that rests. */
  async #readElsewhere(own: Piece | undefined): Promise<Bytes | undefined> {
    const { column, offsetBytes, lengthBytes } = this.#target;
    const span = { column, startBytes: offsetBytes, endBytes: offsetBytes + lengthBytes };
    const except = new Set(own ? [own.nodeId] : []);
    for (;;) {
      const options = { signal: this.#signal, insist: true, except };
      const found = await this.#context.source.find(this.#asset.places, span, options);
      if (!found) return undefined;
      const plaintext = await opened(() => this.#asset.cipher.openChunk(this.#chunk, found.bytes));
      if (plaintext) return plaintext;
      this.#report(column, found);
      except.add(found.nodeId);
    }
  }

  /** So many parity columns that some node has, rather those that are here; undefined where there are fewer. */
  async #fetchParity(wanted: number): Promise<number[] | undefined> {
    const { k, m } = this.#asset.places.layout.policy;
    const { row, slot } = this.#target;
    const isHere = (column: number): number => Number(this.#batch.loaded(row, slot, column) !== undefined);
    const columns = Array.from({ length: m }, (_, i) => k + i).sort((a, b) => isHere(b) - isHere(a));
    const parity: number[] = [];
    for (const column of columns) {
      if (parity.length === wanted) break;
      if (await this.#fetch(column)) parity.push(column);
    }
    return parity.length === wanted ? parity : undefined;
  }

  async #fetch(column: number, insist = false): Promise<boolean> {
    if (this.#slice.has(column)) return true;
    const piece = await this.#batch.piece(this.#target.row, this.#target.slot, column, insist);
    if (!piece) return false;
    this.#pieces.set(column, piece);
    this.#slice.give(column, piece.bytes);
    return true;
  }

  async #attempt(parity: readonly number[]): Promise<Bytes | undefined> {
    const [sealed] = this.#slice.solve(parity, [this.#target.column]);
    if (!sealed) return undefined;
    const piece = sealed.subarray(0, this.#target.lengthBytes);
    try {
      return await opened(() => this.#asset.cipher.openChunk(this.#chunk, piece));
    } finally {
      freeBytes(sealed);
    }
  }

  #report(column: number, { nodeId }: { readonly nodeId: Piece['nodeId'] }): void {
    this.#context.desk.report({ ...this.#asset.places.name, column, nodeId, reason: 'tampered' });
  }

  #lost(): ClefError {
    const { places } = this.#asset;
    const { k, m } = places.layout.policy;
    const columns = new Set([...this.#slice.lost, this.#target.column]);
    const away = [...columns].some((column) => this.#context.source.mayReturn(places, column));
    return new ClefError(
      away ? 'vault-too-few-nodes' : 'vault-asset-lost',
      `chunk ${this.#chunk} of asset ${places.name.assetId} cannot be read: more columns are missing or damaged ` +
        `than policy ${k}+${m} makes up for`,
    );
  }
}

/** Undefined for bytes that do not open, and nothing else. */
async function opened(open: () => Bytes | Promise<Bytes>): Promise<Bytes | undefined> {
  try {
    return await open();
  } catch (error) {
    if (isClefError(error, 'decryption-failed')) return undefined;
    throw error;
  }
}
