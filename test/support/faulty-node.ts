import { setTimeout } from 'node:timers/promises';
import type { Bytes, NodeId } from '../../src/core/index.ts';
import type {
  ByteSource,
  NodeCallOptions,
  NodeSpace,
  ObjectInfo,
  StorageNode,
} from '../../src/vault/nodes/port.ts';

/** What the next calls of a node run into; a decorator over a real node. */
export interface Faults {
  /** Thrown by `create` once so many bytes were taken. */
  createFailsAfter?: { readonly bytes: number; readonly error: Error };
  /** `create` takes so many bytes and then no more. */
  createHangsAfter?: { readonly bytes: number };
  /** Thrown once the object is there: a commit whose answer got lost. */
  commitFails?: Error;
  readHangs?: boolean;
  /** Before its bytes come. */
  readTakesMs?: number;
  readFails?: Error;
  /** Called before each read. */
  onRead?: (name: string) => void;
  /** Called with every piece that is written. */
  onPiece?: (name: string, piece: Uint8Array) => void;
}

export class FaultyNode<Node extends StorageNode = StorageNode> implements StorageNode {
  readonly inner: Node;
  readonly faults: Faults = {};
  /** Reads that have begun and not ended. */
  readsUnderWay = 0;
  readCount = 0;

  constructor(inner: Node) {
    this.inner = inner;
  }

  get id(): NodeId {
    return this.inner.id;
  }

  get failureDomain(): string {
    return this.inner.failureDomain;
  }

  async create(name: string, source: ByteSource, options: NodeCallOptions = {}): Promise<ObjectInfo> {
    const info = await this.inner.create(name, this.#faultySource(name, source, options.signal), options);
    if (this.faults.commitFails) throw this.faults.commitFails;
    return info;
  }

  replace(
    name: string,
    ifVersion: string,
    source: ByteSource,
    options?: NodeCallOptions,
  ): Promise<ObjectInfo> {
    return this.inner.replace(name, ifVersion, source, options);
  }

  async read(
    name: string,
    offsetBytes: number,
    lengthBytes: number,
    options: NodeCallOptions = {},
  ): Promise<Bytes> {
    this.faults.onRead?.(name);
    this.readsUnderWay++;
    this.readCount++;
    try {
      if (this.faults.readFails) throw this.faults.readFails;
      if (this.faults.readHangs) await untilAborted(options.signal);
      if (this.faults.readTakesMs !== undefined) await setTimeout(this.faults.readTakesMs);
      return await this.inner.read(name, offsetBytes, lengthBytes, options);
    } finally {
      this.readsUnderWay--;
    }
  }

  stat(name: string, options?: NodeCallOptions): Promise<ObjectInfo | undefined> {
    return this.inner.stat(name, options);
  }

  list(prefix: string, options?: NodeCallOptions): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix, options);
  }

  delete(name: string, options?: NodeCallOptions): Promise<void> {
    return this.inner.delete(name, options);
  }

  free(options?: NodeCallOptions): Promise<NodeSpace> {
    return this.inner.free(options);
  }

  removeTemporary(olderThanMs: number, options?: NodeCallOptions): Promise<number> {
    return this.inner.removeTemporary(olderThanMs, options);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]();
  }

  async *#faultySource(name: string, source: ByteSource, signal?: AbortSignal): ByteSource {
    let taken = 0;
    for await (const piece of source) {
      const { createFailsAfter, createHangsAfter } = this.faults;
      if (createFailsAfter && taken >= createFailsAfter.bytes) throw createFailsAfter.error;
      if (createHangsAfter && taken >= createHangsAfter.bytes) await untilAborted(signal);
      taken += piece.length;
      this.faults.onPiece?.(name, piece);
      yield piece;
    }
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
