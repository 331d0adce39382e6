import { ClefError, equalBytes, isClefError } from '../core/index.ts';
import type { Trust } from '../crypto/index.ts';
import { type ColumnHead, readColumnHead, readHashTable, wrongChunks } from './column-check.ts';
import { columnObjectName } from './column-object.ts';
import type { ErasureCode } from './erasure/index.ts';
import type { LayoutTruth } from './inspect-layout.ts';
import type { StorageNode } from './nodes/port.ts';
import { rebuildColumn } from './rebuild-column.ts';

export interface CopyColumnOptions {
  readonly trust: Trust;
  readonly erasure: ErasureCode;
  readonly pace: (bytes: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * Puts a copy of a column on another node, and reads it back there to the last byte. The caller has claimed that copy.
 * What lies there under its name already is used where it is right, and replaced where it is not. Throws what the node
 * throws, and `vault-asset-lost` where the copy that it is taken from is not whole.
 */
export async function copyColumn(
  truth: LayoutTruth,
  source: ColumnHead,
  target: StorageNode,
  options: CopyColumnOptions,
): Promise<void> {
  const { name } = source;
  const call = { ...(options.signal && { signal: options.signal }) };
  const object = columnObjectName(name, name.column);
  const bytes = () => rebuildColumn({ ...options, ...call, truth, column: name.column, heads: [source] });
  if (await isWhole(target, source, 'full', options)) return;
  try {
    await target.create(object, bytes(), call);
  } catch (error) {
    if (!isClefError(error, 'node-object-exists')) throw error;
    const info = await target.stat(object, call);
    if (info) await target.replace(object, info.version, bytes(), call);
  }
  if (await isWhole(target, source, 'full', options)) return;
  throw new ClefError('node-io', `node ${target.id} does not give back ${object} as it was written`);
}

/** Whether a node has the column that was seen elsewhere: its end only, or all of it. Throws what the node throws. */
export async function isWhole(
  node: StorageNode,
  { name, manifestHash }: Pick<ColumnHead, 'name' | 'manifestHash'>,
  depth: 'head' | 'full',
  { trust, pace, signal }: Omit<CopyColumnOptions, 'erasure'>,
): Promise<boolean> {
  const call = { ...(signal && { signal }) };
  try {
    const info = await node.stat(columnObjectName(name, name.column), call);
    if (!info) return false;
    const head = await readColumnHead(node, name, info, trust, call);
    if (!equalBytes(head.manifestHash, manifestHash)) return false;
    if (depth === 'head') return true;
    const table = await readHashTable(head, call);
    const end = head.layout.columnChunks(name.column);
    return (await wrongChunks(head, table, { first: 0, end, pace, ...call })).length === 0;
  } catch (error) {
    signal?.throwIfAborted();
    if (isClefError(error) && isAboutBytes(error)) return false;
    throw error;
  }
}

function isAboutBytes({ code }: ClefError): boolean {
  switch (code) {
    case 'malformed-asset':
    case 'unsupported-format':
    case 'signature-invalid':
    case 'node-object-missing':
    case 'node-object-truncated':
      return true;
    default:
      return false;
  }
}
