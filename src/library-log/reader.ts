import type { Change } from '../catalog/index.ts';
import { type Bytes, ClefError, isClefError, type LibraryId, type ServerId, toHex } from '../core/index.ts';
import type { Trust } from '../crypto/index.ts';
import type { NodeSet } from '../vault/index.ts';
import { unpackChanges } from './payload.ts';
import { type FoundSegment, listSegments, type LogPlace, type ReadSegment, readSegment } from './segments.ts';
import { type ChainSummary, type ReadLink, summarise } from './summary.ts';

export interface ReadLogOptions {
  readonly libraryId: LibraryId;
  readonly nodes: NodeSet;
  readonly trust: Trust;
  /** Undefined for an epoch that the keyring does not hold. */
  readonly libraryKey: (epoch: number) => Bytes | undefined;
  /**
   * SHA-256, hexadecimal, of a segment that the log is known to have: else all nodes were rolled back together,
   * which nothing on them shows. Throws `log-rolled-back` before anything is handed on.
   */
  readonly expectedHead?: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

interface ReadChain {
  readonly links: ReadLink[];
  /** Numbers of those that could not be read. */
  readonly refused: number[];
}

/**
 * Reads every valid segment of every server from whichever reachable node has it whole, and hands the changes
 * on; their order has no meaning, since the highest row version wins. A segment that is damaged on one node
 * is taken from another; one that is damaged on all is passed over and reported.
 */
export async function readLibraryLog(
  options: ReadLogOptions,
  apply: (changes: readonly Change[]) => Promise<void>,
): Promise<readonly ChainSummary[]> {
  const { signal, expectedHead } = options;
  const { segments } = await listSegments(options, undefined, signal);
  if (expectedHead !== undefined) await assertHeld(options, segments.values(), expectedHead.toLowerCase());
  const chains = new Map<ServerId, ReadChain>();
  let done = 0;
  for (const found of segments.values()) {
    signal?.throwIfAborted();
    const { serverId, seq } = found.place;
    const chain = chains.get(serverId) ?? { links: [], refused: [] };
    chains.set(serverId, chain);
    const read = await readSegment(options, found, signal);
    const changes = read && (await openChanges(read, options));
    if (changes) {
      chain.links.push(linkOf(found, read));
      await apply(changes);
    } else {
      chain.refused.push(seq);
    }
    options.onProgress?.({ done: ++done, total: segments.size });
  }
  return Array.from(chains, ([serverId, { links, refused }]) => summarise(serverId, links, refused));
}

/** Undefined where the key is not known, or does not open it. */
async function openChanges(
  { segment }: ReadSegment,
  { libraryKey }: ReadLogOptions,
): Promise<readonly Change[] | undefined> {
  const key = libraryKey(segment.epoch);
  if (!key) return undefined;
  try {
    return await unpackChanges(await segment.open(key));
  } catch (error) {
    if (!isClefError(error) || error.code === 'internal') throw error;
    return undefined;
  }
}

function linkOf({ name }: FoundSegment, { segment: { header }, hash }: ReadSegment): ReadLink {
  return { ...header, name, hash: toHex(hash), previous: toHex(header.previous) };
}

async function assertHeld(place: LogPlace, segments: Iterable<FoundSegment>, head: string): Promise<void> {
  for (const found of segments) {
    if (!head.startsWith(found.place.hashPrefix)) continue;
    const read = await readSegment(place, found, undefined);
    if (read && toHex(read.hash) === head) return;
  }
  throw new ClefError(
    'log-rolled-back',
    'no segment on the nodes has the expected hash: they hold an older state, another one, or a snapshot that took its place',
  );
}
