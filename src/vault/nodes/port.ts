import type { Bytes, NodeId } from '../../core/index.ts';

export interface ObjectInfo {
  readonly name: string;
  readonly lengthBytes: number;
  /** Changes whenever the object's bytes do. Opaque; comparable on one node only. */
  readonly version: string;
  /**
   * When these bytes became visible, by the node's own clock, which may be wrong. Sweep tells abandoned
   * objects from fresh ones by it; nothing else may rest on it.
   */
  readonly modifiedAtMs: number;
}

export interface NodeSpace {
  /** Bytes that can still be written. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface NodeCallOptions {
  readonly signal?: AbortSignal;
}

/** Pieces in order. A piece is the node's until it asks for the next one; then its memory may be reused. */
export type ByteSource = AsyncIterable<Uint8Array>;

/**
 * A machine, disk, share or bucket that keeps opaque objects under names.
 *
 * Names are `/`-separated segments of `[a-z0-9._-]`, at most 200 characters, none empty, `.` or `..`,
 * no segment starts with `.tmp-`, and the marker `clef-node.json` is none; anything else is
 * `node-name-invalid`. Callers use no name as a folder of another; a node may refuse it in its own way.
 *
 * Every call verifies that the node is the one that was mounted: an absent or different
 * `clef-node.json` is `node-offline`, never an empty node. A read that finds its bytes may rest on a
 * verification up to a second old; one that finds nothing verifies first. Errors are ClefErrors whose
 * `retryable` says transient or permanent; an error of a caller's source is passed on as it is. An
 * aborted call rejects with the signal's reason and leaves nothing visible.
 */
export interface StorageNode extends AsyncDisposable {
  readonly id: NodeId;
  /** Nodes that share a failure domain are expected to be lost together. */
  readonly failureDomain: string;

  /**
   * Makes a whole object visible at once, durably, or nothing: a reader never sees a part.
   * Fails with `node-object-exists` where the name is taken, whatever its bytes; the source is then
   * not necessarily consumed. `node-full` leaves no trace.
   */
  create(name: string, source: ByteSource, options?: NodeCallOptions): Promise<ObjectInfo>;

  /** Repair only: exchanges an object whose version is still `ifVersion`, else `node-version-mismatch`. Atomic. */
  replace(
    name: string,
    ifVersion: string,
    source: ByteSource,
    options?: NodeCallOptions,
  ): Promise<ObjectInfo>;

  /**
   * Exactly `lengthBytes` bytes from `offsetBytes`, owned by the caller. An object that ends before is
   * `node-object-truncated`, never a short result; an absent one is `node-object-missing`.
   */
  read(name: string, offsetBytes: number, lengthBytes: number, options?: NodeCallOptions): Promise<Bytes>;

  /**
   * Milliseconds that a read of so many bytes, begun now, waits for a limit of our own. It says nothing of the node: whoever
   * is patient for some time waits for this besides. Absent: none.
   */
  backlogMs?(lengthBytes: number): number;

  /** Undefined where the name is absent. */
  stat(name: string, options?: NodeCallOptions): Promise<ObjectInfo | undefined>;

  /**
   * Objects whose name starts with the prefix, in no order. Objects created or deleted meanwhile may or
   * may not be listed; all others are, once. Temporary names are not listed.
   */
  list(prefix: string, options?: NodeCallOptions): AsyncIterable<ObjectInfo>;

  /** Idempotent: deleting an absent name succeeds. A power failure may bring a deleted object back. */
  delete(name: string, options?: NodeCallOptions): Promise<void>;

  free(options?: NodeCallOptions): Promise<NodeSpace>;

  /** Removes unfinished uploads older than the age; returns how many. Sweep only. */
  removeTemporary(olderThanMs: number, options?: NodeCallOptions): Promise<number>;
}
