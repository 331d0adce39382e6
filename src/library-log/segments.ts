import { type Bytes, ClefError, isClefError, type LibraryId, type ServerId, toHex } from '../core/index.ts';
import {
  LOG_HEAD_BYTES,
  type LogSegment,
  type LogSegmentHeader,
  MAX_LOG_SEGMENT_BYTES,
  sha256,
  type Trust,
  verifyLogSegment,
  verifyLogSegmentHeader,
} from '../crypto/index.ts';
import type { NodeSet, StorageNode } from '../vault/index.ts';
import { logPrefix, parseSegmentName, type SegmentName } from './names.ts';

/** Where a library's log lies, and by whom it must be signed. */
export interface LogPlace {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly trust: Trust;
  /** How long a node may take for one call before it is left alone for a while. Default 15 s. */
  readonly patienceMs?: number;
}

export interface SegmentCopy {
  readonly node: StorageNode;
  readonly lengthBytes: number;
}

/** An object with a segment's name; whether it is one shows when it is read. */
export interface FoundSegment {
  readonly name: string;
  readonly place: SegmentName;
  readonly copies: readonly SegmentCopy[];
}

export interface SegmentListing {
  /** By name, in the order of names: by server, then along the chain. */
  readonly segments: ReadonlyMap<string, FoundSegment>;
  /** The nodes that were listed to the end. */
  readonly listed: readonly StorageNode[];
}

export interface ReadSegment {
  readonly object: Bytes;
  /** SHA-256 of the object. */
  readonly hash: Bytes;
  readonly segment: LogSegment;
}

type Signal = AbortSignal | undefined;

/** Changes are to be on the nodes within a minute, so that a node that hangs must not take half of it. */
const DEFAULT_PATIENCE_MS = 15_000;
/** Whoever can write to a node may put any number of objects there; a log has some thousand. */
const MAX_SEGMENTS_A_NODE = 2 ** 18;

/** What every reachable node holds of one server's log, or of all. A node that fails is passed over. */
export async function listSegments(
  place: LogPlace,
  serverId: ServerId | undefined,
  signal: Signal,
): Promise<SegmentListing> {
  const found = new Map<string, FoundSegment & { readonly copies: SegmentCopy[] }>();
  const listed: StorageNode[] = [];
  for (const node of place.nodes.reachable()) {
    try {
      const objects = await patiently(place, node, signal, (stop) =>
        listOn(node, logPrefix(place.libraryId, serverId), stop),
      );
      for (const { name, segment, lengthBytes } of objects) {
        const entry = found.get(name) ?? { name, place: segment, copies: [] };
        entry.copies.push({ node, lengthBytes });
        found.set(name, entry);
      }
      listed.push(node);
    } catch (error) {
      passOver(error, signal);
    }
  }
  const inOrder = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return { segments: new Map(inOrder), listed };
}

async function listOn(node: StorageNode, prefix: string, signal: AbortSignal) {
  const objects: { name: string; segment: SegmentName; lengthBytes: number }[] = [];
  for await (const { name, lengthBytes } of node.list(prefix, { signal })) {
    const segment = parseSegmentName(name);
    if (segment) objects.push({ name, segment, lengthBytes });
    if (objects.length === MAX_SEGMENTS_A_NODE) break;
  }
  return objects;
}

/** From the first copy that is whole, signed by whom the root trusts, and what its name says; else undefined. */
export function readSegment(
  place: LogPlace,
  found: FoundSegment,
  signal: Signal,
): Promise<ReadSegment | undefined> {
  return firstGood(place, found, signal, async ({ node, lengthBytes }, stop) => {
    if (lengthBytes > MAX_LOG_SEGMENT_BYTES) return undefined;
    const object = await node.read(found.name, 0, lengthBytes, { signal: stop });
    const hash = await sha256(object);
    if (!toHex(hash).startsWith(found.place.hashPrefix)) return undefined;
    const segment = await verifyLogSegment(object, place.trust);
    return isNamedBy(segment.header, found.place) ? { object, hash, segment } : undefined;
  });
}

/** As `readSegment`, without the payload: of that nothing is known but that its server signed its hash. */
export function readHeader(
  place: LogPlace,
  found: FoundSegment,
  signal: Signal,
): Promise<LogSegmentHeader | undefined> {
  return firstGood(place, found, signal, async ({ node, lengthBytes }, stop) => {
    const headBytes = Math.min(lengthBytes, LOG_HEAD_BYTES);
    const start = await node.read(found.name, 0, headBytes, { signal: stop });
    const header = await verifyLogSegmentHeader(start, place.trust);
    return isNamedBy(header, found.place) ? header : undefined;
  });
}

async function firstGood<Result>(
  place: LogPlace,
  { copies }: FoundSegment,
  signal: Signal,
  read: (copy: SegmentCopy, signal: AbortSignal) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  for (const copy of copies) {
    try {
      const result = await patiently(place, copy.node, signal, (stop) => read(copy, stop));
      if (result !== undefined) return result;
    } catch (error) {
      passOver(error, signal);
    }
  }
  return undefined;
}

function isNamedBy({ serverId, seq }: LogSegmentHeader, place: SegmentName): boolean {
  return serverId === place.serverId && seq === place.seq;
}

/** Puts a segment on a node, in the place of other bytes that may be there under its name. */
export function storeOn(
  place: LogPlace,
  node: StorageNode,
  name: string,
  object: Bytes,
  signal: Signal,
): Promise<void> {
  return patiently(place, node, signal, async (stop) => {
    try {
      await node.create(name, once(object), { signal: stop });
    } catch (error) {
      if (!isClefError(error, 'node-object-exists')) throw error;
      const info = await node.stat(name, { signal: stop });
      // Gone again: whoever stores it next finds the name free.
      if (!info) throw error;
      if (info.lengthBytes === object.length && (await holds(node, name, object, stop))) return;
      await node.replace(name, info.version, once(object), { signal: stop });
    }
  });
}

export function deleteOn(place: LogPlace, node: StorageNode, name: string, signal: Signal): Promise<void> {
  return patiently(place, node, signal, (stop) => node.delete(name, { signal: stop }));
}

async function holds(node: StorageNode, name: string, object: Bytes, signal: AbortSignal): Promise<boolean> {
  const stored = await node.read(name, 0, object.length, { signal });
  return Buffer.compare(stored, object) === 0;
}

async function* once(bytes: Bytes): AsyncGenerator<Bytes, void, undefined> {
  yield bytes;
}

/** The node's answer in time, or `node-offline`; a node that is away or hangs is then left alone for a while. */
async function patiently<Result>(
  { nodes, patienceMs = DEFAULT_PATIENCE_MS }: LogPlace,
  node: StorageNode,
  signal: Signal,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  // A system call that hangs hears of no signal.
  stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    stop.abort(new ClefError('node-offline', `node ${node.id} did not answer within ${patienceMs} ms`));
  }, patienceMs);
  try {
    return await Promise.race([call(stop.signal), stopped]);
  } catch (error) {
    if (isClefError(error, 'node-offline')) nodes.rest(node.id, error.message);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Another node may hold it whole; only an abort or a fault of our own is worth stopping for. */
function passOver(error: unknown, signal: Signal): void {
  signal?.throwIfAborted();
  if (!(error instanceof ClefError) || error.code === 'internal') throw error;
}
