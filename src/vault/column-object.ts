import {
  type AssetId,
  type Bytes,
  ClefError,
  type LayoutId,
  type LibraryId,
  type Policy,
} from '../core/index.ts';
import { CELL_CHUNKS, CHUNK_BYTES, MAX_ASSET_BYTES, MAX_COLUMNS } from '../crypto/index.ts';
import { checkPolicy } from './layout.ts';

// A column object is cells ‖ SHA-256 of each chunk ‖ manifest ‖ footer; docs/format.md, "Column object".

export const CHUNK_HASH_BYTES = 32;
export const FOOTER_BYTES = 64;
const COLUMN_FORMAT_VERSION = 1;
/** Refused before it is allocated; a manifest is a few KB. */
const MAX_MANIFEST_BYTES = 2 ** 21;

const MAX_COLUMN_CHUNKS = MAX_ASSET_BYTES / CHUNK_BYTES;
/** "clefcol" and a line feed, which a transfer in text mode would change. */
const MAGIC = [0x63, 0x6c, 0x65, 0x66, 0x63, 0x6f, 0x6c, 0x0a];

/** What stands at the end of a column object; all of it follows from the manifest and the column's number. */
export interface ColumnFooter {
  readonly column: number;
  readonly policy: Policy;
  readonly cellsBytes: number;
  readonly chunkCount: number;
  readonly manifestBytes: number;
  readonly manifestHash: Bytes;
}

/** Where the parts of a column object begin. */
export interface ColumnRegions {
  readonly tableOffsetBytes: number;
  readonly manifestOffsetBytes: number;
  readonly footerOffsetBytes: number;
  readonly lengthBytes: number;
}

export function columnRegions(
  footer: Pick<ColumnFooter, 'cellsBytes' | 'chunkCount' | 'manifestBytes'>,
): ColumnRegions {
  const tableOffsetBytes = footer.cellsBytes;
  const manifestOffsetBytes = tableOffsetBytes + footer.chunkCount * CHUNK_HASH_BYTES;
  const footerOffsetBytes = manifestOffsetBytes + footer.manifestBytes;
  return {
    tableOffsetBytes,
    manifestOffsetBytes,
    footerOffsetBytes,
    lengthBytes: footerOffsetBytes + FOOTER_BYTES,
  };
}

export function encodeFooter(footer: ColumnFooter): Bytes {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(8, COLUMN_FORMAT_VERSION);
  view.setUint8(10, footer.column);
  view.setUint8(11, footer.policy.k);
  view.setUint8(12, footer.policy.m);
  view.setUint8(13, CELL_CHUNKS);
  view.setBigUint64(16, BigInt(footer.cellsBytes));
  view.setUint32(24, footer.chunkCount);
  view.setUint32(28, footer.manifestBytes);
  bytes.set(footer.manifestHash, 32);
  return bytes;
}

/** Throws `malformed-asset`, or `unsupported-format` for what a newer version wrote. */
export function parseFooter(bytes: Uint8Array): ColumnFooter {
  if (bytes.length !== FOOTER_BYTES || MAGIC.some((value, i) => bytes[i] !== value)) {
    throw new ClefError('malformed-asset', 'a column object does not end in a footer');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint16(8);
  const cellChunks = view.getUint8(13);
  if (version !== COLUMN_FORMAT_VERSION || cellChunks !== CELL_CHUNKS) {
    throw new ClefError(
      'unsupported-format',
      `a column object has version ${version} and cells of ${cellChunks} chunks, ` +
        `expected ${COLUMN_FORMAT_VERSION} and ${CELL_CHUNKS}`,
    );
  }
  const policy: Policy = { k: view.getUint8(11), m: view.getUint8(12) };
  checkPolicy(policy);
  const footer: ColumnFooter = {
    column: view.getUint8(10),
    policy,
    // At most 2^64 - 1, which a double holds closely enough for the comparison below.
    cellsBytes: Number(view.getBigUint64(16)),
    chunkCount: view.getUint32(24),
    manifestBytes: view.getUint32(28),
    manifestHash: bytes.slice(32),
  };
  if (
    view.getUint16(14) !== 0 ||
    footer.column >= policy.k + policy.m ||
    footer.chunkCount === 0 ||
    footer.chunkCount > MAX_COLUMN_CHUNKS ||
    footer.cellsBytes > 2 * MAX_ASSET_BYTES ||
    footer.manifestBytes > MAX_MANIFEST_BYTES
  ) {
    throw new ClefError('malformed-asset', 'the footer of a column object contradicts itself');
  }
  return footer;
}

/** One way to deal one asset over columns. */
export interface LayoutName {
  readonly libraryId: LibraryId;
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
}

export interface ColumnName extends LayoutName {
  readonly column: number;
}

/** Two levels of 256 folders keep a folder's listing short on any file system. */
export function assetPrefix(libraryId: LibraryId, assetId: AssetId): string {
  return `${libraryId}/${assetId.slice(0, 2)}/${assetId.slice(2, 4)}/${assetId}/`;
}

export function columnObjectName(layout: LayoutName, column: number): string {
  return `${assetPrefix(layout.libraryId, layout.assetId)}${layout.layoutId}.${column}`;
}

const COLUMN_NAME =
  /^([0-9a-f]{32})\/([0-9a-f]{2})\/([0-9a-f]{2})\/([0-9a-f]{32})\/([0-9a-f]{32})\.(\d{1,2})$/;

/** Undefined for anything that `columnObjectName` does not write. */
export function parseColumnObjectName(name: string): ColumnName | undefined {
  const match = COLUMN_NAME.exec(name);
  if (!match) return undefined;
  const [, libraryId, , , assetId, layoutId, digits] = match as unknown as readonly string[];
  const parsed = {
    libraryId: libraryId as LibraryId,
    assetId: assetId as AssetId,
    layoutId: layoutId as LayoutId,
    column: Number(digits),
  };
  return parsed.column < MAX_COLUMNS && columnObjectName(parsed, parsed.column) === name ? parsed : undefined;
}
