import { Worker } from 'node:worker_threads';
import { ClefError } from '../../../core/index.ts';
import type { CatalogPosition, RebuildOptions } from '../../projection/index.ts';
import { removeFile } from '../../projection/sqlite/index.ts';
import type { SearchChange } from '../port.ts';
import type { FromRebuildWorker, RebuildWorkerData, ToRebuildWorker } from './rebuild-worker.ts';

const MESSAGE_ITEMS = 1000;
/** Messages that the worker has not taken yet; reading waits for it beyond these. */
const MAX_MESSAGES_AHEAD = 4;

/** Fills a new, closed and durable index file at `path`. Leaves nothing there where it fails. */
export async function buildFile(
  path: string,
  all: AsyncIterable<SearchChange>,
  { position, onProgress, signal }: RebuildOptions,
): Promise<void> {
  signal?.throwIfAborted();
  let isComplete = false;
  const builder = new Builder(path, onProgress);
  try {
    let changes: SearchChange[] = [];
    for await (const change of all) {
      signal?.throwIfAborted();
      changes.push(change);
      if (changes.length < MESSAGE_ITEMS) continue;
      await builder.add(changes);
      changes = [];
    }
    await builder.add(changes);
    await builder.finish(position);
    signal?.throwIfAborted();
    isComplete = true;
  } finally {
    await builder.stop();
    if (!isComplete) removeFile(path);
  }
}

/** The worker, seen from the thread that reads the catalogue. One call at a time. */
class Builder {
  readonly #worker: Worker;
  #ahead = 0;
  #taken = 0;
  #isFinished = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(path: string, onProgress?: (itemCount: number) => void) {
    this.#worker = new Worker(new URL('rebuild-worker.ts', import.meta.url), {
      workerData: { path } satisfies RebuildWorkerData,
    });
    this.#worker.on('message', (message: FromRebuildWorker) => {
      if (message.kind === 'finished') {
        this.#isFinished = true;
      } else {
        this.#ahead--;
        this.#taken += message.count;
        onProgress?.(this.#taken);
      }
      this.#wake();
    });
    this.#worker.on('error', (cause) => {
      this.#failure = new ClefError('internal', 'the search index could not be rebuilt', { cause });
      this.#wake();
    });
    this.#worker.on('exit', () => {
      this.#failure ??= new ClefError('internal', 'the rebuild of the search index ended early');
      this.#wake();
    });
  }

  async add(changes: readonly SearchChange[]): Promise<void> {
    this.#send({ kind: 'changes', changes });
    this.#ahead++;
    await this.#until(() => this.#ahead < MAX_MESSAGES_AHEAD);
  }

  async finish(position: CatalogPosition): Promise<void> {
    this.#send({ kind: 'finish', position });
    await this.#until(() => this.#isFinished);
  }

  /** Resolves when the thread is gone and its file is free. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: ToRebuildWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
