import { type Bytes, ClefError, concatBytes, type NodeId } from '../../core/index.ts';
import { piecesUntilAborted } from '../abort.ts';
import { objectExists, objectMissing, objectTruncated, versionMismatch } from './failures.ts';
import { assertNamePrefix, assertObjectName, assertReadRange } from './names.ts';
import type { ByteSource, NodeCallOptions, NodeSpace, ObjectInfo, StorageNode } from './port.ts';

export interface MemoryNodeOptions {
  readonly id: NodeId;
  /** Default: a domain of its own. */
  readonly failureDomain?: string;
  /** Writes beyond it are `node-full`. Default 1 GiB. */
  readonly totalBytes?: number;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

const DEFAULT_TOTAL_BYTES = 2 ** 30;

interface StoredObject {
  readonly bytes: Bytes;
  readonly version: string;
  readonly modifiedAtMs: number;
}

/** A node that keeps its objects in this process: for tests, and for a browser that has no disk. */
export function createMemoryNode(options: MemoryNodeOptions): MemoryNode {
  return new MemoryNode(options);
}

export class MemoryNode implements StorageNode {
  readonly id: NodeId;
  readonly failureDomain: string;
  readonly #totalBytes: number;
  readonly #now: () => number;
  readonly #objects = new Map<string, StoredObject>();
  #usedBytes = 0;
  #lastVersion = 0;
  #online = true;

  constructor(options: MemoryNodeOptions) {
    this.id = options.id;
    this.failureDomain = options.failureDomain ?? `memory:${options.id}`;
    this.#totalBytes = options.totalBytes ?? DEFAULT_TOTAL_BYTES;
    this.#now = options.now ?? Date.now;
  }

  /** Whether the node answers; its objects outlive an outage. */
  get online(): boolean {
    return this.#online;
  }

  set online(online: boolean) {
    this.#online = online;
  }

  /** Changes an object behind the port's back, as a failing disk or a hostile one would. */
  tamper(name: string, change: (bytes: Bytes) => Bytes): void {
    const before = this.#objects.get(name);
    if (!before) throw objectMissing(name);
    this.#put(name, change(before.bytes.slice()));
  }

  async create(name: string, source: ByteSource, options: NodeCallOptions = {}): Promise<ObjectInfo> {
    this.#enter(options);
    assertObjectName(name);
    if (this.#objects.has(name)) throw objectExists(name);
    const bytes = await this.#collect(source, options);
    if (this.#objects.has(name)) throw objectExists(name);
    return this.#put(name, bytes);
  }

  async replace(
    name: string,
    ifVersion: string,
    source: ByteSource,
    options: NodeCallOptions = {},
  ): Promise<ObjectInfo> {
    this.#enter(options);
    assertObjectName(name);
    this.#assertVersion(name, ifVersion);
    const bytes = await this.#collect(source, options);
    this.#assertVersion(name, ifVersion);
    return this.#put(name, bytes);
  }

  async read(
    name: string,
    offsetBytes: number,
    lengthBytes: number,
    options: NodeCallOptions = {},
  ): Promise<Bytes> {
    this.#enter(options);
    assertObjectName(name);
    assertReadRange(offsetBytes, lengthBytes);
    const object = this.#objects.get(name);
    if (!object) throw objectMissing(name);
    const endBytes = offsetBytes + lengthBytes;
    if (endBytes > object.bytes.length) throw objectTruncated(name, endBytes, object.bytes.length);
    return object.bytes.slice(offsetBytes, endBytes);
  }

  async stat(name: string, options: NodeCallOptions = {}): Promise<ObjectInfo | undefined> {
    this.#enter(options);
    assertObjectName(name);
    const object = this.#objects.get(name);
    return object && describe(name, object);
  }

  async *list(prefix: string, options: NodeCallOptions = {}): AsyncIterable<ObjectInfo> {
    this.#enter(options);
    assertNamePrefix(prefix);
    for (const [name, object] of this.#objects) {
      if (!name.startsWith(prefix)) continue;
      yield describe(name, object);
      this.#enter(options);
    }
  }

  async delete(name: string, options: NodeCallOptions = {}): Promise<void> {
    this.#enter(options);
    assertObjectName(name);
    const object = this.#objects.get(name);
    if (!object) return;
    this.#usedBytes -= object.bytes.length;
    this.#objects.delete(name);
  }

  async free(options: NodeCallOptions = {}): Promise<NodeSpace> {
    this.#enter(options);
    return { freeBytes: Math.max(0, this.#totalBytes - this.#usedBytes), totalBytes: this.#totalBytes };
  }

  /** An unfinished upload is held by its own call alone, and ends with it. */
  async removeTemporary(_olderThanMs: number, options: NodeCallOptions = {}): Promise<number> {
    this.#enter(options);
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#online = false;
  }

  #enter({ signal }: NodeCallOptions): void {
    signal?.throwIfAborted();
    if (!this.#online) throw new ClefError('node-offline', `node ${this.id} is offline`);
  }

  #assertVersion(name: string, ifVersion: string): void {
    const object = this.#objects.get(name);
    if (!object) throw objectMissing(name);
    if (object.version !== ifVersion) throw versionMismatch(name);
  }

  /** Copies each piece at once: a source may reuse its buffer after it was taken. */
  async #collect(source: ByteSource, options: NodeCallOptions): Promise<Bytes> {
    const pieces: Uint8Array[] = [];
    let lengthBytes = 0;
    for await (const piece of piecesUntilAborted(source, options.signal)) {
      this.#enter(options);
      lengthBytes += piece.length;
      if (this.#usedBytes + lengthBytes > this.#totalBytes) {
        throw new ClefError('node-full', `node ${this.id} has no room for ${lengthBytes} more bytes`);
      }
      pieces.push(piece.slice());
    }
    this.#enter(options);
    return concatBytes(...pieces);
  }

  #put(name: string, bytes: Bytes): ObjectInfo {
    this.#usedBytes += bytes.length - (this.#objects.get(name)?.bytes.length ?? 0);
    this.#lastVersion++;
    const object = { bytes, version: String(this.#lastVersion), modifiedAtMs: this.#now() };
    this.#objects.set(name, object);
    return describe(name, object);
  }
}

function describe(name: string, object: StoredObject): ObjectInfo {
  const { bytes, version, modifiedAtMs } = object;
  return { name, lengthBytes: bytes.length, version, modifiedAtMs };
}
