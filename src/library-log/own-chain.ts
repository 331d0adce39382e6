import { type Bytes, ClefError, equalBytes, isClefError, type ServerId, toHex } from '../core/index.ts';
import { HASH_BYTES, type LogSegment, type LogSegmentHeader, type SigningKey } from '../crypto/index.ts';
import type { Change, ChangeStream } from '../catalog/index.ts';
import { Chain, type Link } from './chain.ts';
import { segmentName } from './names.ts';
import { unpackChanges } from './payload.ts';
import {
  listSegments,
  type LogPlace,
  readHeader,
  type ReadSegment,
  readSegment,
  type SegmentListing,
} from './segments.ts';

/** Stands where there is no previous segment. */
export const NO_HASH: Bytes = new Uint8Array(HASH_BYTES);

/** What the next segment of a server follows. */
export interface Tail {
  readonly seq: number;
  /** SHA-256 of the newest segment; zeros where the next one begins anew. */
  readonly hash: Bytes;
  /** The catalogue's change stream is in the chain up to here, if the chain has a base. */
  readonly position: number;
}

/** A segment that was read, and its name. */
export type NamedSegment = ReadSegment & { readonly name: string };

export interface OwnTail {
  readonly tail: Tail;
  /** The segment that the tail is the end of; undefined where a chain begins anew. */
  readonly newest?: NamedSegment;
}

export interface OwnChainOptions {
  readonly place: LogPlace;
  readonly serverId: ServerId;
  /** So many nodes hold each segment that counts. */
  readonly copies: number;
  readonly changes: ChangeStream;
  readonly currentEpoch: () => { readonly epoch: number; readonly key: Bytes };
  /** This server's. */
  readonly signer: Pick<SigningKey, 'kid'>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where this server's chain ends, from what the nodes hold, whatever the data folder remembers. A chain that holds
 * changes which this catalogue never made, since the data folder was restored from a backup, is left as it is: a
 * new one begins beside it, and recovery merges both.
 *
 * Throws `vault-too-few-nodes` while so many nodes are away that the newest segment may be on those alone.
 */
export async function findOwnTail(options: OwnChainOptions): Promise<OwnTail> {
  const { place, serverId, copies, signer, signal } = options;
  const listing = await listSegments(place, serverId, signal);
  const known = place.nodes.known().length + place.nodes.unidentified;
  if (listing.listed.length <= known - copies) {
    throw new ClefError(
      'vault-too-few-nodes',
      `the library log may have its newest segment on a node that is away: ${known - copies + 1} nodes needed, ${listing.listed.length} answer`,
    );
  }
  const newest = await newestSegments(place, listing, signer.kid, signal);
  for (const candidate of newest) {
    if (!(await isOfThisCatalogue(candidate, options))) continue;
    const { seq, position } = candidate.segment.header;
    return { tail: { seq, hash: candidate.hash, position }, newest: candidate };
  }
  const seq = newest[0]?.segment.header.seq ?? 0;
  return { tail: { seq, hash: NO_HASH, position: 0 } };
}

/**
 * The valid segments of the highest number that this server's own key signed: with the key of another one, lost and
 * in the wrong hands, the chain could be made to end at the last number there is. More than one only after two servers
 * ran from copies of one data folder.
 */
async function newestSegments(
  place: LogPlace,
  { segments }: SegmentListing,
  signerKid: string,
  signal: AbortSignal | undefined,
): Promise<NamedSegment[]> {
  const newest: NamedSegment[] = [];
  for (const found of [...segments.values()].toReversed()) {
    const seq = newest[0]?.segment.header.seq;
    if (seq !== undefined && found.place.seq < seq) break;
    const read = await readSegment(place, found, signal);
    if (read?.segment.signerKid === signerKid) newest.push({ ...read, name: found.name });
  }
  return newest;
}

/** False where the chain went on without this catalogue. */
async function isOfThisCatalogue(
  { segment }: NamedSegment,
  { changes, currentEpoch }: OwnChainOptions,
): Promise<boolean> {
  const { kind, position } = segment.header;
  if (position > (await changes.lastSeq())) return false;
  const { epoch, key } = currentEpoch();
  // What was trimmed had been logged. A snapshot, or a segment under an older key, has nothing to compare.
  if (kind !== 'changes' || position <= (await changes.trimmedUpTo()) || segment.epoch !== epoch) return true;
  const [own] = await changes.changesAfter(position - 1, 1);
  const logged = await lastChangeOf(segment, key);
  return logged !== undefined && own !== undefined && isSameChange(logged, own);
}

/** Undefined where it does not open: to begin anew is never wrong. */
async function lastChangeOf(segment: LogSegment, key: Bytes): Promise<Change | undefined> {
  try {
    return (await unpackChanges(await segment.open(key))).at(-1);
  } catch (error) {
    if (!isClefError(error)) throw error;
    return undefined;
  }
}

function isSameChange(a: Change, b: Change): boolean {
  return (
    a.seq === b.seq &&
    a.table === b.table &&
    a.rowVersion === b.rowVersion &&
    JSON.stringify(a.key) === JSON.stringify(b.key)
  );
}

/** The chain that ends at a tail, as far back as the nodes hold it. Reads every segment's header. */
export async function readOwnChain(
  place: LogPlace,
  serverId: ServerId,
  tail: Tail,
  signal: AbortSignal | undefined,
): Promise<Chain> {
  const links: Link[] = [];
  const { segments } = await listSegments(place, serverId, signal);
  for (let { seq, hash } = tail; !equalBytes(hash, NO_HASH); seq--) {
    const hashPrefix = toHex(hash).slice(0, 16);
    const found = segments.get(segmentName(place.libraryId, { serverId, seq, hashPrefix }));
    const header: LogSegmentHeader | undefined = found && (await readHeader(place, found, signal));
    if (!found || !header) break;
    links.push({ name: found.name, ...header });
    hash = header.previous;
  }
  const chain = new Chain();
  for (const link of links.toReversed()) chain.append(link);
  return chain;
}
