import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Writes an album to listen to into the folder, which is made where it is missing: a few pieces whose notes are
 * free, played by a small synthesiser. Files that are there already stay. Works beside this thread, so that a
 * server goes on answering.
 */
export async function makeDemoAlbum(folder: string): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: folder });
  // Rejects with the worker's error, if it has one.
  await once(worker, 'exit');
}
