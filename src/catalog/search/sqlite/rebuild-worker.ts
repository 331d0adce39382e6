import { parentPort, workerData } from 'node:worker_threads';
import { ClefError } from '../../../core/index.ts';
import type { CatalogPosition } from '../../projection/index.ts';
import { IndexBuilder } from './builder.ts';
import { createBuildIndex } from './index-file.ts';
import type { SearchChange } from '../port.ts';

/** Fills a new index file in a thread of its own, so that merging a million items stalls no stream. */
export type ToRebuildWorker =
  | { readonly kind: 'changes'; readonly changes: readonly SearchChange[] }
  | { readonly kind: 'finish'; readonly position: CatalogPosition };

export type FromRebuildWorker =
  | { readonly kind: 'taken'; readonly count: number }
  | { readonly kind: 'finished' };

export interface RebuildWorkerData {
  readonly path: string;
}

/** Written together, in the order of their places, which FTS5 needs to be quick. */
const BATCH_ITEMS = 200_000;

if (!parentPort) throw new ClefError('internal', 'the rebuild of the search index runs as a worker only');
const port = parentPort;
const { path } = workerData as RebuildWorkerData;
const builder = new IndexBuilder(createBuildIndex(path));
let waiting: SearchChange[] = [];

port.on('message', (message: ToRebuildWorker) => {
  switch (message.kind) {
    case 'changes':
      waiting.push(...message.changes);
      if (waiting.length >= BATCH_ITEMS) {
        builder.add(waiting);
        waiting = [];
      }
      port.postMessage({ kind: 'taken', count: message.changes.length } satisfies FromRebuildWorker);
      return;
    case 'finish':
      builder.add(waiting);
      builder.finish(path, message.position);
      port.postMessage({ kind: 'finished' } satisfies FromRebuildWorker);
      port.close();
  }
});
