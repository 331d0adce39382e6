import { type Bytes, ClefError, equalBytes, fromUtf8 } from '../core/index.ts';
import {
  type Manifest,
  parseAssetHeader,
  SEALED_CHUNK_BYTES,
  type Trust,
  verifyManifest,
} from '../crypto/index.ts';
import {
  CHUNK_HASH_BYTES,
  type ColumnName,
  columnObjectName,
  type ColumnRegions,
  columnRegions,
  FOOTER_BYTES,
  parseFooter,
} from './column-object.ts';
import { createLayout, type Layout } from './layout.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { NodeCallOptions, ObjectInfo, StorageNode } from './nodes/port.ts';

// Checking column objects without any key: the manifest's signature, then hashes all the way down.

/** Footer and manifest of one column object, verified and found to belong to its name. */
export interface ColumnHead {
  readonly node: StorageNode;
  readonly name: ColumnName;
  readonly info: ObjectInfo;
  readonly manifest: Manifest;
  readonly manifestBytes: Bytes;
  readonly manifestHash: Bytes;
  readonly layout: Layout;
  readonly regions: ColumnRegions;
}

/** Most manifests come with the footer in one read. */
export const TAIL_BYTES = 16_384;
/** What is read and hashed at once. */
const CHUNKS_AT_ONCE = 16;

/**
 * Reads and verifies a column object's end. Throws `malformed-asset`, `unsupported-format` or
 * `signature-invalid` for an object that is not what its name says, and the node's own errors.
 */
export async function readColumnHead(
  node: StorageNode,
  name: ColumnName,
  info: ObjectInfo,
  trust: Trust,
  options: NodeCallOptions = {},
): Promise<ColumnHead> {
  if (info.lengthBytes < FOOTER_BYTES) throw malformed(name, `${info.lengthBytes} bytes have no footer`);
  const object = columnObjectName(name, name.column);
  const tailBytes = Math.min(TAIL_BYTES, info.lengthBytes);
  const tail = await node.read(object, info.lengthBytes - tailBytes, tailBytes, options);
  const footer = parseFooter(tail.subarray(-FOOTER_BYTES));
  const regions = columnRegions(footer);
  if (regions.lengthBytes !== info.lengthBytes) {
    throw malformed(name, `${regions.lengthBytes} bytes expected by its footer, got ${info.lengthBytes}`);
  }
  const tailOffset = info.lengthBytes - tailBytes;
  const manifestBytes =
    regions.manifestOffsetBytes >= tailOffset
      ? tail.slice(regions.manifestOffsetBytes - tailOffset, regions.footerOffsetBytes - tailOffset)
      : await node.read(object, regions.manifestOffsetBytes, footer.manifestBytes, options);
  if (!equalBytes(nodeSha256(manifestBytes), footer.manifestHash)) {
    throw malformed(name, 'its manifest is not the one that its footer names');
  }
  const manifest = await verifyManifest(asText(name, manifestBytes), trust);
  const layout = createLayout(manifest.policy, parseAssetHeader(manifest.header).paddedLengthBytes);
  if (
    manifest.libraryId !== name.libraryId ||
    manifest.assetId !== name.assetId ||
    manifest.layoutId !== name.layoutId ||
    footer.column !== name.column ||
    footer.policy.k !== manifest.policy.k ||
    footer.policy.m !== manifest.policy.m ||
    footer.cellsBytes !== layout.columnBytes(name.column) ||
    footer.chunkCount !== layout.columnChunks(name.column)
  ) {
    throw malformed(name, 'its name, footer and manifest contradict each other');
  }
  return {
    node,
    name,
    info,
    manifest,
    manifestBytes,
    manifestHash: footer.manifestHash,
    layout,
    regions,
  };
}

/** The column's hash table, after it was found to be the manifest's; `malformed-asset` else. */
export async function readHashTable(head: ColumnHead, options: NodeCallOptions = {}): Promise<Bytes> {
  const { name, regions, manifest } = head;
  const table = await head.node.read(
    columnObjectName(name, name.column),
    regions.tableOffsetBytes,
    regions.manifestOffsetBytes - regions.tableOffsetBytes,
    options,
  );
  const expected = manifest.columnTableHashes[name.column];
  if (!expected || !equalBytes(nodeSha256(table), expected)) {
    throw malformed(name, 'its hash table is not the one that the manifest names');
  }
  return table;
}

export interface ChunkCheckOptions extends NodeCallOptions {
  /** Half-open places in the column. */
  readonly first: number;
  readonly end: number;
  /** Waits as long as the caller wants nodes to be spared; called with what was just read. */
  readonly pace: (bytes: number) => Promise<void>;
}

/** The places in the column of chunks whose hash is wrong. */
export async function wrongChunks(
  head: ColumnHead,
  table: Uint8Array,
  { first, end, pace, ...options }: ChunkCheckOptions,
): Promise<number[]> {
  const { name } = head;
  const cellsBytes = head.layout.columnBytes(name.column);
  const wrong: number[] = [];
  for (let start = first; start < end; start += CHUNKS_AT_ONCE) {
    const stop = Math.min(end, start + CHUNKS_AT_ONCE);
    const offsetBytes = start * SEALED_CHUNK_BYTES;
    const endBytes = Math.min(cellsBytes, stop * SEALED_CHUNK_BYTES);
    const bytes = await head.node.read(
      columnObjectName(name, name.column),
      offsetBytes,
      endBytes - offsetBytes,
      options,
    );
    for (let chunk = start; chunk < stop; chunk++) {
      const at = chunk * SEALED_CHUNK_BYTES - offsetBytes;
      if (!chunkMatches(table, chunk, bytes.subarray(at, at + SEALED_CHUNK_BYTES))) wrong.push(chunk);
    }
    await pace(bytes.length);
  }
  return wrong;
}

/** Whether the bytes are those of the chunk at a place of a verified table. */
export function chunkMatches(table: Uint8Array, chunk: number, bytes: Uint8Array): boolean {
  const at = chunk * CHUNK_HASH_BYTES;
  return equalBytes(nodeSha256(bytes), table.subarray(at, at + CHUNK_HASH_BYTES));
}

function asText(name: ColumnName, bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw malformed(name, 'its manifest is not text');
  }
}

function malformed(name: ColumnName, what: string): ClefError {
  return new ClefError('malformed-asset', `column ${name.column} of asset ${name.assetId}: ${what}`);
}
