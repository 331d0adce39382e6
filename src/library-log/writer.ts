import type { Change, ChangeStream } from '../catalog/index.ts';
import {
  type Bytes,
  ClefError,
  equalBytes,
  isClefError,
  type LibraryId,
  type NodeId,
  type ServerId,
  toHex,
} from '../core/index.ts';
import {
  type LogSegmentHeader,
  sealLogSegment,
  sha256,
  type SigningKey,
  type Trust,
} from '../crypto/index.ts';
import type { NodeSet } from '../vault/index.ts';
import { Chain } from './chain.ts';
import { mendNodes } from './mend.ts';
import { segmentName } from './names.ts';
import { findOwnTail, NO_HASH, readOwnChain, type Tail } from './own-chain.ts';
import { ChangeBatch } from './payload.ts';
import { deleteOn, type LogPlace, storeOn } from './segments.ts';

export interface LibraryLogOptions {
  readonly libraryId: LibraryId;
  readonly serverId: ServerId;
  readonly nodes: NodeSet;
  /** A segment counts as written once so many nodes hold it: m + 1. */
  readonly copies: number;
  readonly changes: ChangeStream;
  readonly currentEpoch: () => { readonly epoch: number; readonly key: Bytes };
  readonly signer: SigningKey;
  /** Asked at each use: servers are added while this one runs. */
  readonly trust: Trust;
  readonly now: () => number;
  /** JSON in one segment, give or take a row. Default 4 MiB, which no gzip brings over a segment's limit. */
  readonly segmentBytes?: number;
  /** After so many segments of changes a snapshot takes their place. Default 500. */
  readonly segmentsPerSnapshot?: number;
  /** How long a node may take for one call. Default 15 s. */
  readonly patienceMs?: number;
}

/** Where the chain of this server ends. */
export type LogHead = Tail;

const DEFAULT_SEGMENT_BYTES = 4 * 2 ** 20;
const DEFAULT_SEGMENTS_PER_SNAPSHOT = 500;
/** Changes that are read from the catalogue at once. */
const PAGE_ROWS = 256;
/** A long snapshot or the mending of a node lets changes pass as often as this. */
const TURN_MS = 20_000;
/** A node that could not be mended, for instance a full one, is left for so long. */
const MEND_AGAIN_MS = 10 * 60_000;

interface PendingSegment {
  readonly name: string;
  readonly object: Bytes;
  readonly hash: Bytes;
  readonly header: LogSegmentHeader;
}

/**
 * The catalogue's changes, sealed and signed, on the storage nodes: with the recovery kit they bring back
 * what no asset carries. One hash chain a server, kept on every reachable node.
 */
export class LibraryLog {
  readonly #options: LibraryLogOptions;
  readonly #place: LogPlace;
  #tail: Tail = { seq: 0, hash: NO_HASH, position: 0 };
  /** True once enough nodes have said where the chain ends. */
  #isTailKnown = false;
  /** Read from the nodes when it is tended for the first time; a new chain is known from its beginning. */
  #chain: Chain | undefined;
  /** Sealed, and not on enough nodes yet. */
  #pending: PendingSegment | undefined;
  /** Changes were forgotten that the chain does not have. */
  #isIncomplete = false;
  /** Nodes that hold every segment. */
  #mended: ReadonlySet<NodeId> = new Set();
  #mendAgainAtMs = 0;
  #lastRun: Promise<void> = Promise.resolve();

  private constructor(options: LibraryLogOptions) {
    const { nodes, libraryId, patienceMs } = options;
    this.#options = options;
    this.#place = {
      nodes,
      libraryId,
      get trust() {
        return options.trust;
      },
      ...(patienceMs === undefined ? {} : { patienceMs }),
    };
  }

  /** Goes on where the nodes say that this server stopped; while too few of them answer, `flush` asks again. */
  static async open(options: LibraryLogOptions): Promise<LibraryLog> {
    const log = new LibraryLog(options);
    try {
      await log.#findTail(undefined);
    } catch (error) {
      if (!isClefError(error, 'vault-too-few-nodes')) throw error;
    }
    return log;
  }

  /** All zero until the first segment is written, or the nodes have said where the chain ends. */
  get head(): LogHead {
    return equalBytes(this.#tail.hash, NO_HASH) ? { seq: 0, hash: NO_HASH, position: 0 } : this.#tail;
  }

  /**
   * Brings the nodes up to the catalogue's newest change. Throws `vault-too-few-nodes` where too few nodes took a
   * segment: the position does not advance, and the next call tries again. Runs, of `tend` too, follow one another.
   */
  flush(signal?: AbortSignal): Promise<void> {
    return this.#run(() => this.#flush(signal));
  }

  /**
   * Upkeep, for a bounded time a call: writes a snapshot where one is due, gives nodes that were away what they
   * missed, and removes what a snapshot replaced.
   */
  tend(signal?: AbortSignal): Promise<void> {
    return this.#run(() => this.#tend(signal));
  }

  #run(work: () => Promise<void>): Promise<void> {
    const run = this.#lastRun.then(work);
    this.#lastRun = run.catch(() => undefined);
    return run;
  }

  async #flush(signal: AbortSignal | undefined): Promise<void> {
    await this.#findTail(signal);
    if (this.#pending) await this.#storePending(signal);
    if ((await this.#hasMissed()) || this.#chain?.hasBase === false) await this.#writeSnapshot(signal);
    await this.#writeChanges(signal);
  }

  async #tend(signal: AbortSignal | undefined): Promise<void> {
    await this.#flush(signal);
    this.#chain ??= await readOwnChain(this.#place, this.#options.serverId, this.#tail, signal);
    if (this.#isSnapshotDue(this.#chain)) await this.#writeSnapshot(signal);
    await this.#mend(this.#chain, signal);
    await this.#removeObsolete(this.#chain, signal);
  }

  async #findTail(signal: AbortSignal | undefined): Promise<void> {
    if (this.#isTailKnown) return;
    const { tail, newest } = await findOwnTail({ ...this.#options, place: this.#place, signal });
    // A server that was killed while it wrote may have reached one node only.
    if (newest) await this.#store(newest.name, newest.object, signal);
    else this.#chain = new Chain();
    this.#tail = tail;
    this.#isTailKnown = true;
  }

  /** Never shorter than the changes that it replaces, so that a large library is not written over and over. */
  #isSnapshotDue(chain: Chain): boolean {
    const { segmentsPerSnapshot = DEFAULT_SEGMENTS_PER_SNAPSHOT } = this.#options;
    return !chain.hasBase || chain.changesSinceBase >= Math.max(segmentsPerSnapshot, chain.baseParts);
  }

  /** Whether the chain lacks changes that were forgotten: other servers trim, and then the stream begins anew, also while this runs. */
  async #hasMissed(): Promise<boolean> {
    if (this.#tail.position < (await this.#options.changes.trimmedUpTo())) this.#isIncomplete = true;
    return this.#isIncomplete;
  }

  /** Up to where the stream is now. */
  async #writeChanges(signal: AbortSignal | undefined): Promise<void> {
    const upTo = await this.#options.changes.lastSeq();
    while (this.#tail.position < upTo) {
      const batch = await this.#readChanges(signal);
      // Asked after the reading, which may have been of a stream that had just begun anew. A snapshot comes with the next run.
      if (batch.isEmpty || (await this.#hasMissed())) return;
      await this.#append({ kind: 'changes', part: 1, isLast: true, position: batch.lastSeq }, batch, signal);
    }
  }

  async #readChanges(signal: AbortSignal | undefined): Promise<ChangeBatch> {
    const batch = this.#newBatch();
    let page: readonly Change[];
    do {
      signal?.throwIfAborted();
      const after = batch.isEmpty ? this.#tail.position : batch.lastSeq;
      page = await this.#options.changes.changesAfter(after, PAGE_ROWS);
      for (const change of page) {
        batch.add(change);
        if (batch.isFull) return batch;
      }
    } while (page.length === PAGE_ROWS);
    return batch;
  }

  /** All rows. Where the chain has a base, changes go on being written between the parts. */
  async #writeSnapshot(signal: AbortSignal | undefined): Promise<void> {
    const { changes, now } = this.#options;
    const goesOn = this.#chain?.hasBase === true && !this.#isIncomplete;
    const coveredSeq = await changes.lastSeq();
    let batch = this.#newBatch();
    let part = 0;
    let turnAtMs = now() + TURN_MS;
    for await (const row of changes.snapshot()) {
      signal?.throwIfAborted();
      if (batch.isFull) {
        const { position } = this.#tail;
        await this.#append({ kind: 'snapshot', part: ++part, isLast: false, position }, batch, signal);
        batch = this.#newBatch();
      }
      batch.add(row);
      if (goesOn && now() >= turnAtMs) {
        await this.#writeChanges(signal);
        turnAtMs = now() + TURN_MS;
      }
    }
    const position = Math.max(this.#tail.position, coveredSeq);
    await this.#append({ kind: 'snapshot', part: ++part, isLast: true, position }, batch, signal);
  }

  #newBatch(): ChangeBatch {
    return new ChangeBatch(this.#options.segmentBytes ?? DEFAULT_SEGMENT_BYTES);
  }

  async #append(
    place: Pick<LogSegmentHeader, 'kind' | 'part' | 'isLast' | 'position'>,
    batch: ChangeBatch,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { libraryId, serverId, currentEpoch, signer, now } = this.#options;
    const { epoch, key: libraryKey } = currentEpoch();
    const seq = this.#tail.seq + 1;
    const header = { libraryId, serverId, seq, previous: this.#tail.hash, createdAtMs: now(), ...place };
    const object = await sealLogSegment({ header, payload: await batch.pack(), epoch, libraryKey, signer });
    const hash = await sha256(object);
    const name = segmentName(libraryId, { serverId, seq, hashPrefix: toHex(hash).slice(0, 16) });
    this.#pending = { name, object, hash, header };
    await this.#storePending(signal);
  }

  /** The same bytes under the same name as often as it takes. */
  async #storePending(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#pending) return;
    const { name, object, hash, header } = this.#pending;
    const holders = await this.#store(name, object, signal);
    this.#mended = this.#mended.intersection(holders);
    this.#tail = { seq: header.seq, hash, position: header.position };
    this.#chain?.append({ name, ...header });
    this.#pending = undefined;
    if (header.kind === 'snapshot' && header.isLast) this.#isIncomplete = false;
  }

  async #store(name: string, object: Bytes, signal: AbortSignal | undefined): Promise<ReadonlySet<NodeId>> {
    const { copies } = this.#options;
    const nodes = this.#place.nodes.reachable();
    const results = await Promise.allSettled(
      nodes.map((node) => storeOn(this.#place, node, name, object, signal)),
    );
    signal?.throwIfAborted();
    const holders = nodes.filter((_, at) => results[at]?.status === 'fulfilled');
    if (holders.length >= copies) return new Set(holders.map(({ id }) => id));
    const failure = results.find((result) => result.status === 'rejected');
    throw new ClefError(
      'vault-too-few-nodes',
      `the library log needs ${copies} nodes for a segment, ${holders.length} took it`,
      failure ? { cause: failure.reason } : {},
    );
  }

  /** Nodes that were away get what they missed. Their failures are theirs: what counts is on enough others. */
  async #mend(chain: Chain, signal: AbortSignal | undefined): Promise<void> {
    const { now } = this.#options;
    const targets = this.#place.nodes.reachable().filter(({ id }) => !this.#mended.has(id));
    if (targets.length === 0 || now() < this.#mendAgainAtMs) return;
    const endMs = now() + TURN_MS;
    const isOver = () => now() >= endMs;
    const except = new Set(chain.obsolete.map(({ name }) => name));
    const mended = await mendNodes({ place: this.#place, targets, except, isOver, signal });
    this.#mended = this.#mended.union(new Set(mended.map(({ id }) => id)));
    if (mended.length < targets.length && !isOver()) this.#mendAgainAtMs = now() + MEND_AGAIN_MS;
  }

  /**
   * What a complete snapshot replaces goes, oldest first, and only while every node answers: so the chain stays
   * whole from its head backwards, and no node brings a part of it back. Other chains are never touched.
   */
  async #removeObsolete(chain: Chain, signal: AbortSignal | undefined): Promise<void> {
    const { nodes } = this.#place;
    for (const { name } of chain.obsolete) {
      if (!nodes.complete) return;
      const reachable = nodes.reachable();
      const results = await Promise.allSettled(
        reachable.map((node) => deleteOn(this.#place, node, name, signal)),
      );
      signal?.throwIfAborted();
      if (results.some(({ status }) => status === 'rejected')) return;
      chain.dropOldest();
    }
  }
}
