import type { Change } from '../catalog/index.ts';
import { type Bytes, ClefError, type LibraryId, type ServerId, toHex } from '../core/index.ts';
import { type LogSegment, sha256, type Trust, verifyLogSegment } from '../crypto/index.ts';
import type { NodeSet } from '../vault/index.ts';
import { logPrefix, parseSegmentName, type SegmentName } from './names.ts';
import { unpackChanges } from './payload.ts';
import { readWhole } from './writer.ts';

export interface ReadLogOptions {
  readonly libraryId: LibraryId;
  readonly nodes: NodeSet;
  readonly trust: Trust;
  /** Undefined for an epoch that the keyring does not hold. */
  readonly libraryKey: (epoch: number) => Bytes | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What one server's chain amounts to. */
export interface ChainSummary {
  readonly serverId: ServerId;
  readonly segments: number;
  /** SHA-256 of its newest segment, hexadecimal. */
  readonly head: string;
  readonly newestAtMs: number;
  /** Segments between its first and its newest that no reachable node holds whole. */
  readonly missing: readonly number[];
}

interface Found {
  readonly name: string;
  readonly parsed: SegmentName;
}

/**
 * Reads every valid segment of every server from whichever reachable node has it whole, and hands the changes
 * on; their order has no meaning, since the highest row version wins. A segment that is damaged on one node
 * is taken from another; one that is damaged on all is missing.
 */
export async function readLibraryLog(
  options: ReadLogOptions,
  apply: (changes: readonly Change[]) => Promise<void>,
): Promise<readonly ChainSummary[]> {
  const found = await findSegments(options);
  const chains = new Map<ServerId, { seqs: Set<number>; newest: LogSegment; head: string }>();
  let done = 0;
  for (const { name, parsed } of found) {
    options.signal?.throwIfAborted();
    const read = await readSegment(options, name, parsed);
    if (read) {
      const { segment, hash } = read;
      const chain = chains.get(parsed.serverId) ?? { seqs: new Set(), newest: segment, head: hash };
      chain.seqs.add(parsed.seq);
      if (segment.header.seq >= chain.newest.header.seq)
        Object.assign(chain, { newest: segment, head: hash });
      chains.set(parsed.serverId, chain);
      await apply(await unpackChanges(read.payload));
    }
    options.onProgress?.({ done: ++done, total: found.length });
  }
  return [...chains].map(([serverId, { seqs, newest, head }]) => {
    const first = Math.min(...seqs);
    const missing = Array.from({ length: newest.header.seq - first }, (_, i) => first + i).filter(
      (seq) => !seqs.has(seq),
    );
    return { serverId, segments: seqs.size, head, newestAtMs: newest.header.createdAtMs, missing };
  });
}

/** A head that the operator knows must be in the log: else every node was rolled back together. */
export function assertHeadKnown(chains: readonly ChainSummary[], expectedHead: string): void {
  if (chains.some(({ head }) => head === expectedHead.toLowerCase())) return;
  throw new ClefError(
    'keyring-rejected',
    "no server's chain ends in the expected head: the nodes hold an older, or another, state",
  );
}

async function findSegments({ nodes, libraryId }: ReadLogOptions): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (const node of nodes.reachable()) {
    for await (const { name } of node.list(logPrefix(libraryId))) {
      const parsed = parseSegmentName(name);
      if (parsed) found.set(name, { name, parsed });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readSegment(
  { nodes, trust, libraryKey }: ReadLogOptions,
  name: string,
  { serverId, seq, hashPrefix }: SegmentName,
): Promise<{ segment: LogSegment; payload: Bytes; hash: string } | undefined> {
  for (const node of nodes.reachable()) {
    try {
      const object = await readWhole(node, name);
      if (!object) continue;
      const hash = toHex(await sha256(object));
      const segment = await verifyLogSegment(object, trust);
      const isNamedSo =
        segment.header.serverId === serverId && segment.header.seq === seq && hash.startsWith(hashPrefix);
      const key = libraryKey(segment.epoch);
      if (isNamedSo && key) return { segment, payload: await segment.open(key), hash };
    } catch (error) {
      // Another node may hold it whole; only a fault of our own is worth stopping for.
      if (!(error instanceof ClefError) || error.code === 'internal') throw error;
    }
  }
  return undefined;
}
