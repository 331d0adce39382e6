import { ClefError } from '../core/index.ts';
import type { ObjectInfo, StorageNode } from './nodes/port.ts';

export interface ColumnUploadOptions {
  readonly node: StorageNode;
  readonly name: string;
  readonly column: number;
  /** A node that takes nothing for this long has failed. */
  readonly stallTimeoutMs: number;
}

/**
 * One column on its way to one node. The writer gives pieces and waits for `drained`, so that what is held
 * in memory is what was given since. A failure is kept in `failure` and never thrown at the writer, who goes
 * on with the other columns; pieces given to a failed upload are dropped.
 */
export class ColumnUpload {
  readonly column: number;
  readonly node: StorageNode;
  readonly name: string;
  readonly #stallTimeoutMs: number;
  readonly #controller = new AbortController();
  readonly #created: Promise<void>;
  readonly #queue: Uint8Array[] = [];
  #ended = false;
  #failure: unknown;
  #stored: ObjectInfo | undefined;
  #wakeNode: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(options: ColumnUploadOptions) {
    this.column = options.column;
    this.node = options.node;
    this.name = options.name;
    this.#stallTimeoutMs = options.stallTimeoutMs;
    this.#created = this.#create();
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** The committed object; undefined before `finish`, and after a failure. */
  get stored(): ObjectInfo | undefined {
    return this.#failure === undefined ? this.#stored : undefined;
  }

  /** The piece must not change until the upload is drained. */
  give(piece: Uint8Array): void {
    if (this.#failure !== undefined || piece.length === 0) return;
    this.#queue.push(piece);
    this.#wakeNode?.();
  }

  /** Resolves when the node has asked for more than it was given, or the upload has failed. */
  async drained(): Promise<void> {
    if (this.#failure !== undefined || (this.#queue.length === 0 && this.#wakeNode)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeWriter = resolve;
    await this.#unlessStalled(promise);
  }

  /** Ends the object; resolves when it is committed or has failed. */
  async finish(): Promise<void> {
    this.#ended = true;
    this.#wakeNode?.();
    await this.#unlessStalled(this.#created);
  }

  /** Gives up; resolves when the node is rid of the call, or has been given time to be. */
  async abort(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#unlessStalled(this.#created);
  }

  async #create(): Promise<void> {
    try {
      const stored = await this.node.create(this.name, this.#pieces(), { signal: this.#controller.signal });
      this.#stored = stored;
      if (!this.#ended) {
        throw new ClefError('node-io', `node ${this.node.id} ended ${this.name} before its last byte`);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const piece = this.#queue.shift();
      if (this.#failure !== undefined) throw this.#failure;
      if (piece) {
        yield piece;
        continue;
      }
      if (this.#ended) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wakeNode = resolve;
      this.#wakeWriter?.();
      await promise;
      this.#wakeNode = undefined;
    }
  }

  #fail(reason: unknown): void {
    this.#failure ??=
      reason ?? new ClefError('internal', `the upload of ${this.name} failed without a reason`);
    this.#queue.length = 0;
    this.#controller.abort(this.#failure);
    this.#wakeNode?.();
    this.#wakeWriter?.();
  }

  async #unlessStalled(work: Promise<void>): Promise<void> {
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#fail(
        new ClefError(
          'node-io',
          `node ${this.node.id} took no byte of ${this.name} for ${this.#stallTimeoutMs} ms`,
        ),
      );
      resolve();
    }, this.#stallTimeoutMs);
    try {
      await Promise.race([work, stalled]);
    } finally {
      clearTimeout(timer);
    }
  }
}
