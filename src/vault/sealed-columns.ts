import { LRUCache } from 'lru-cache';
import { type AssetId, type AssetLocation, type ByteRange, type Bytes, ClefError } from '../core/index.ts';
import { lend } from './chunk-cache.ts';
import { type ColumnPlaces, placesOf, relocate } from './column-places.ts';
import type { ColumnSource } from './column-source.ts';
import { CELL_BYTES } from './layout.ts';
import type { ReadOptions } from './read.ts';

interface Entry {
  readonly places: ColumnPlaces;
  location: AssetLocation;
}

/** Players come back for ranges of one song. */
const MAX_KNOWN = 4_096;

/** The cells of columns as nodes hold them: sealed and unverified, for whoever has the key and verifies. */
export class SealedColumns {
  readonly #source: ColumnSource;
  readonly #entries = new LRUCache<AssetId, Entry>({ max: MAX_KNOWN });

  constructor(source: ColumnSource) {
    this.#source = source;
  }

  /**
   * A range of a column's cells, half-open, in pieces of at most a cell; `releasePiece` frees one early. What follows the
   * cells is never read. Throws `vault-column-lost` soon where no node answers with the bytes: whoever asks has
   * another way to them, through parity.
   */
  async *read(
    location: AssetLocation,
    column: number,
    { startBytes, endBytes }: ByteRange,
    { signal = new AbortController().signal }: ReadOptions = {},
  ): AsyncGenerator<Bytes, void, undefined> {
    const places = this.#placesOf(location);
    assertInside(places, column, { startBytes, endBytes });
    for (let start = startBytes; start < endBytes; start += CELL_BYTES) {
      signal.throwIfAborted();
      const span = { column, startBytes: start, endBytes: Math.min(endBytes, start + CELL_BYTES) };
      const found = await this.#source.find(places, span, { signal, insist: false });
      if (!found) throw lost(location, column);
      yield lend(found.bytes);
    }
  }

  #placesOf(location: AssetLocation): ColumnPlaces {
    const { assetId, layoutId } = location;
    const known = this.#entries.get(assetId);
    if (known?.location.layoutId === layoutId) {
      if (known.location !== location) relocate(known.places, known.location, location);
      known.location = location;
      return known.places;
    }
    const places = placesOf(location);
    this.#entries.set(assetId, { places, location });
    return places;
  }
}

function assertInside({ layout }: ColumnPlaces, column: number, { startBytes, endBytes }: ByteRange): void {
  const columnBytes = layout.storedColumns.includes(column) ? layout.columnBytes(column) : 0;
  const isInside =
    Number.isSafeInteger(startBytes) &&
    Number.isSafeInteger(endBytes) &&
    startBytes >= 0 &&
    startBytes <= endBytes &&
    endBytes <= columnBytes;
  if (isInside) return;
  throw new ClefError(
    'range-not-satisfiable',
    `bytes ${startBytes} to ${endBytes} lie outside the ${columnBytes} of column ${column}`,
  );
}

function lost({ assetId }: AssetLocation, column: number): ClefError {
  return new ClefError('vault-column-lost', `no node answers with column ${column} of asset ${assetId}`);
}
