import type { Change, ChangeStream } from '../catalog/index.ts';
import { type Bytes, ClefError, type LibraryId, type ServerId, toHex } from '../core/index.ts';
import {
  HASH_BYTES,
  type LogSegmentHeader,
  sealLogSegment,
  sha256,
  type SigningKey,
  type Trust,
  verifyLogSegment,
} from '../crypto/index.ts';
import type { NodeSet, StorageNode } from '../vault/index.ts';
import { logPrefix, parseSegmentName, segmentName } from './names.ts';
import { packChanges } from './payload.ts';

export interface LibraryLogOptions {
  readonly libraryId: LibraryId;
  readonly serverId: ServerId;
  readonly nodes: NodeSet;
  /** A segment counts as written once so many nodes hold it: m + 1. */
  readonly copies: number;
  readonly changes: ChangeStream;
  readonly currentEpoch: () => { readonly epoch: number; readonly key: Bytes };
  readonly signer: SigningKey;
  readonly trust: Trust;
  readonly now: () => number;
}

/** Where the chain of this server ends. */
export interface LogHead {
  readonly seq: number;
  /** SHA-256 of the newest segment; zeros before the first. */
  readonly hash: Bytes;
  /** The catalogue's change stream is in the log up to here. */
  readonly position: number;
}

/** Rows in one segment; a catalogue row is well under 4 KiB, so that a payload stays under its limit. */
const ROWS_PER_SEGMENT = 2_000;
/** After so many segments of changes a snapshot takes their place. */
const SEGMENTS_PER_SNAPSHOT = 500;

/**
 * The catalogue's changes, sealed and signed, on the storage nodes: with the recovery kit they bring back
 * what no asset carries. One hash chain a server, kept on every reachable node.
 */
export class LibraryLog {
  readonly #options: LibraryLogOptions;
  #head: LogHead;
  #sinceSnapshot: number;
  #needsSnapshot: boolean;
  #flushing: Promise<void> | undefined;

  private constructor(
    options: LibraryLogOptions,
    head: LogHead,
    sinceSnapshot: number,
    needsSnapshot: boolean,
  ) {
    this.#options = options;
    this.#head = head;
    this.#sinceSnapshot = sinceSnapshot;
    this.#needsSnapshot = needsSnapshot;
  }

  /** Goes on where the nodes say that this server stopped, whatever the data folder remembers. */
  static async open(options: LibraryLogOptions): Promise<LibraryLog> {
    const names = await ownSegments(options);
    const head = await newestValid(options, names);
    // Without its newest part the chain, or a catalogue older than the log, is not a base to add changes to.
    const lost = head.position < (await options.changes.trimmedUpTo());
    const rolledBack = head.position > (await options.changes.lastSeq());
    return new LibraryLog(options, head, names.length, head.seq === 0 || lost || rolledBack);
  }

  get head(): LogHead {
    return this.#head;
  }

  /**
   * Brings the nodes up to the catalogue's newest change. One run at a time; a call during a run waits for it.
   * Throws `vault-too-few-nodes` where too few nodes took a segment: what was not written is tried again by
   * the next call.
   */
  async flush(signal?: AbortSignal): Promise<void> {
    this.#flushing ??= this.#flush(signal).finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flush(signal: AbortSignal | undefined): Promise<void> {
    if (this.#needsSnapshot || this.#sinceSnapshot >= SEGMENTS_PER_SNAPSHOT)
      await this.#writeSnapshot(signal);
    for (;;) {
      signal?.throwIfAborted();
      const changes = await this.#options.changes.changesAfter(this.#head.position, ROWS_PER_SEGMENT);
      const last = changes.at(-1);
      if (!last) return;
      await this.#append('changes', 1, true, changes, last.seq);
      this.#sinceSnapshot++;
    }
  }

  async #writeSnapshot(signal: AbortSignal | undefined): Promise<void> {
    const { changes } = this.#options;
    const older = await ownSegments(this.#options);
    const position = await changes.lastSeq();
    let part = 0;
    let rows: Change[] = [];
    for await (const row of changes.snapshot()) {
      signal?.throwIfAborted();
      if (rows.length === ROWS_PER_SEGMENT) {
        await this.#append('snapshot', ++part, false, rows, this.#head.position);
        rows = [];
      }
      rows.push(row);
    }
    await this.#append('snapshot', ++part, true, rows, position);
    this.#sinceSnapshot = 0;
    this.#needsSnapshot = false;
    for (const node of this.#options.nodes.reachable()) {
      for (const name of older) await node.delete(name, signal ? { signal } : {});
    }
  }

  async #append(
    kind: LogSegmentHeader['kind'],
    part: number,
    isLast: boolean,
    changes: readonly Change[],
    position: number,
  ): Promise<void> {
    const { libraryId, serverId, currentEpoch, signer, now } = this.#options;
    const { epoch, key: libraryKey } = currentEpoch();
    const seq = this.#head.seq + 1;
    const header = {
      libraryId,
      serverId,
      seq,
      previous: this.#head.hash,
      kind,
      part,
      isLast,
      position,
      createdAtMs: now(),
    };
    const object = await sealLogSegment({
      header,
      payload: await packChanges(changes),
      epoch,
      libraryKey,
      signer,
    });
    const hash = await sha256(object);
    await this.#store(
      segmentName(libraryId, { serverId, seq, hashPrefix: toHex(hash).slice(0, 16) }),
      object,
    );
    this.#head = { seq, hash, position };
  }

  async #store(name: string, object: Bytes): Promise<void> {
    const { nodes, copies } = this.#options;
    const results = await Promise.allSettled(nodes.reachable().map((node) => createOn(node, name, object)));
    const written = results.filter(({ status }) => status === 'fulfilled').length;
    if (written >= copies) return;
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    throw new ClefError(
      'vault-too-few-nodes',
      `the library log needs ${copies} nodes for a segment, ${written} took it`,
      failures.length > 0 ? { cause: failures[0] } : {},
    );
  }
}

async function createOn(node: StorageNode, name: string, object: Bytes): Promise<void> {
  try {
    await node.create(name, once(object));
  } catch (error) {
    // The name holds the hash: what is there already is this segment.
    if (!(error instanceof ClefError && error.code === 'node-object-exists')) throw error;
  }
}

async function* once(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

/** Names of this server's segments on any reachable node, in the order of the chain. */
async function ownSegments({ nodes, libraryId, serverId }: LibraryLogOptions): Promise<string[]> {
  const names = new Set<string>();
  for (const node of nodes.reachable()) {
    for await (const { name } of node.list(logPrefix(libraryId, serverId))) {
      if (parseSegmentName(name)) names.add(name);
    }
  }
  return [...names].sort();
}

async function newestValid({ nodes, trust }: LibraryLogOptions, names: readonly string[]): Promise<LogHead> {
  for (const name of names.toReversed()) {
    for (const node of nodes.reachable()) {
      const object = await readWhole(node, name).catch(() => undefined);
      const segment = object && (await verifyLogSegment(object, trust).catch(() => undefined));
      if (object && segment) {
        return { seq: segment.header.seq, hash: await sha256(object), position: segment.header.position };
      }
    }
  }
  return { seq: 0, hash: new Uint8Array(HASH_BYTES), position: 0 };
}

/** Undefined where the node does not hold the object. */
export async function readWhole(node: StorageNode, name: string): Promise<Bytes | undefined> {
  const info = await node.stat(name);
  return info && node.read(name, 0, info.lengthBytes);
}
