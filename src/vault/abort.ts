import type { ByteSource } from './nodes/port.ts';

/**
 * The promise, or a rejection with the signal's reason as soon as it aborts. The work itself goes on:
 * whoever started it must not mind that nobody waits for it any more.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return promise;
}

/** The source's pieces; an abort ends the wait for a source that does not come forward with its next one. */
export async function* piecesUntilAborted(
  source: ByteSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const result = await untilAborted(iterator.next(), signal);
      if (result.done) {
        finished = true;
        return;
      }
      yield result.value;
    }
  } finally {
    if (signal?.aborted) {
      // A generator that hangs in next() answers return() only after it, so nobody waits for the answer.
      iterator.return?.().then(undefined, () => undefined);
    } else if (!finished) {
      await iterator.return?.();
    }
  }
}
