import { type Bytes, equalBytes, isClefError, toHex } from '../core/index.ts';
import type { Manifest, Trust } from '../crypto/index.ts';
import { type ColumnHead, readColumnHead, readHashTable, wrongChunks } from './column-check.ts';
import { columnRegions } from './column-object.ts';
import { type DamageReason, damageReasonOf } from './damage.ts';
import type { FoundColumn, FoundLayout } from './found-layouts.ts';
import type { Layout } from './layout.ts';

export interface InspectContext {
  readonly trust: Trust;
  /** How much of a column is read: its end, its end and some chunks, or all of it. */
  readonly depth: 'head' | 'sample' | 'full';
  /** In [0, 1); chooses the samples. */
  readonly random: () => number;
  /** Waits as long as nodes are to be spared; told what was just read. */
  readonly pace: (bytes: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** One object that bears a column's name, and whether it is that column. */
export interface ColumnCopy extends FoundColumn {
  /** Undefined: as far as was looked, it is what it should be. */
  readonly damage: DamageReason | undefined;
  /** Defined where footer and manifest verify and agree with the other columns. */
  readonly head: ColumnHead | undefined;
  /** Its footer or manifest is one that a newer Clef may understand. */
  readonly unsupported: boolean;
  /** It verifies, under another manifest than the others. Which of them is right only a reader with the key sees. */
  readonly isContested: boolean;
}

/** What the columns of a layout agree on. */
export interface LayoutTruth {
  readonly manifest: Manifest;
  readonly manifestBytes: Bytes;
  readonly manifestHash: Bytes;
  readonly layout: Layout;
}

/** A layout as the nodes that answer hold it. */
export interface InspectedLayout extends FoundLayout {
  readonly columns: readonly ColumnCopy[];
  /** Undefined where no column verifies. */
  readonly truth: LayoutTruth | undefined;
}

/** Chunks of each column that a sampling scrub reads; over a year of nights it meets most of them. */
const SAMPLE_CHUNKS = 1;

/** Looks at every object of a layout, without any key. Throws the signal's reason only. */
export async function inspectLayout(found: FoundLayout, context: InspectContext): Promise<InspectedLayout> {
  const looked = await Promise.all(found.columns.map((column) => lookAtEnd(found, column, context)));
  const truth = agreedTruth(looked.flatMap(({ head }) => head ?? []));
  const columns = await Promise.all(looked.map((copy) => judge(copy, truth, context)));
  return { name: found.name, columns, truth };
}

/** Stored columns of which no copy is right. */
export function columnsInNeed({ truth, columns }: InspectedLayout): readonly number[] {
  if (!truth) return [];
  return truth.layout.storedColumns.filter(
    (column) => !columns.some((copy) => copy.column === column && copy.damage === undefined),
  );
}

/** Bytes of a column's object; all of it follows from the manifest. */
function objectBytes({ layout, manifestBytes }: LayoutTruth, column: number): number | undefined {
  if (!layout.storedColumns.includes(column)) return undefined;
  return columnRegions({
    cellsBytes: layout.columnBytes(column),
    chunkCount: layout.columnChunks(column),
    manifestBytes: manifestBytes.length,
  }).lengthBytes;
}

async function lookAtEnd(
  { name }: FoundLayout,
  found: FoundColumn,
  { trust, signal }: InspectContext,
): Promise<ColumnCopy> {
  try {
    const column = { ...name, column: found.column };
    const head = await readColumnHead(found.node, column, found.info, trust, { ...(signal && { signal }) });
    return { ...found, head, damage: undefined, unsupported: false, isContested: false };
  } catch (error) {
    signal?.throwIfAborted();
    const unsupported = isClefError(error, 'unsupported-format');
    return { ...found, head: undefined, damage: damageReasonOf(error), unsupported, isContested: false };
  }
}

/** What a copy turns out to be once it is known what it should be. */
async function judge(
  copy: ColumnCopy,
  truth: LayoutTruth | undefined,
  context: InspectContext,
): Promise<ColumnCopy> {
  if (copy.head && truth && equalBytes(copy.head.manifestHash, truth.manifestHash)) {
    return { ...copy, damage: await lookDeeper(copy.head, context) };
  }
  const expectedBytes = truth && objectBytes(truth, copy.column);
  const isShort = expectedBytes !== undefined && copy.info.lengthBytes < expectedBytes;
  const damage = isShort ? 'truncated' : (copy.damage ?? 'tampered');
  return { ...copy, head: undefined, damage, isContested: copy.head !== undefined };
}

async function lookDeeper(head: ColumnHead, context: InspectContext): Promise<DamageReason | undefined> {
  const { depth, pace, signal, random } = context;
  if (depth === 'head') return undefined;
  const options = { pace, ...(signal && { signal }) };
  const chunks = head.layout.columnChunks(head.name.column);
  try {
    const table = await readHashTable(head, options);
    if (depth === 'full') {
      const wrong = await wrongChunks(head, table, { first: 0, end: chunks, ...options });
      return wrong.length > 0 ? 'tampered' : undefined;
    }
    for (let i = 0; i < SAMPLE_CHUNKS; i++) {
      const first = Math.floor(random() * chunks);
      const wrong = await wrongChunks(head, table, { first, end: first + 1, ...options });
      if (wrong.length > 0) return 'tampered';
    }
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return damageReasonOf(error);
  }
}

/**
 * The manifest that most nodes bear, so that a single one does not prevail by many columns. There is one manifest,
 * unless a trusted signer broke its word, or a lost one's key is in the wrong hands.
 */
function agreedTruth(heads: readonly ColumnHead[]): LayoutTruth | undefined {
  const groups = Map.groupBy(heads, ({ manifestHash }) => toHex(manifestHash));
  const nodesOf = (group: readonly ColumnHead[]): number => new Set(group.map(({ node }) => node.id)).size;
  const [best] = [...groups].sort(
    ([hashA, a], [hashB, b]) => nodesOf(b) - nodesOf(a) || b.length - a.length || (hashA < hashB ? -1 : 1),
  );
  return best?.[1][0];
}
