import { readSync } from 'node:fs';
import type { Bytes } from '../../../core/index.ts';
import type { OpenObject } from './open-objects.ts';

/**
 * Copying 1 MiB takes 0.2 ms. One slow read may be a thread that had to wait for a processor; where the average is
 * above this, disks are at work.
 */
const SLOW_MS = 1;
/** The weight of the last read in the average. */
const LAST_WEIGHT = 1 / 16;
/** How long reads go through the thread pool once they were slow. */
const REST_MS = 5_000;

/**
 * Reads on the calling thread what lies in the page cache. The way through Node's thread pool and back costs as much
 * CPU as opening the chunks that were read, a fifth of what a streaming server does. Only where nothing can hang:
 * on a file system of this machine's own disks, for bytes that this process read within the last minute. Wrong
 * guesses cost a few reads from a disk on the main thread, and end the guessing for a while.
 */
export class WarmReads {
  readonly #isLocal: () => boolean;
  readonly #now: () => number;
  #averageMs = 0;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly isLocal: () => boolean; readonly now: () => number }) {
    this.#isLocal = options.isLocal;
    this.#now = options.now;
  }

  /** Undefined where the bytes may have to come from a disk, and where anything is amiss: the usual way tells of it. */
  read(object: OpenObject, offsetBytes: number, lengthBytes: number): Bytes | undefined {
    const nowMs = this.#now();
    const endBytes = offsetBytes + lengthBytes;
    if (!this.#isLocal() || nowMs < this.#restUntilMs) return undefined;
    if (endBytes > object.lengthBytes || !object.warm.cover(offsetBytes, endBytes, nowMs)) return undefined;
    const startedMs = performance.now();
    const bytes = readWhole(object, offsetBytes, lengthBytes);
    this.#judge(performance.now() - startedMs, nowMs);
    if (bytes) object.warm.note(offsetBytes, endBytes, nowMs);
    return bytes;
  }

  #judge(tookMs: number, nowMs: number): void {
    this.#averageMs += (tookMs - this.#averageMs) * LAST_WEIGHT;
    if (this.#averageMs <= SLOW_MS) return;
    this.#averageMs = 0;
    this.#restUntilMs = nowMs + REST_MS;
  }
}

function readWhole({ handle }: OpenObject, offsetBytes: number, lengthBytes: number): Bytes | undefined {
  try {
    const bytes = unclearedBytes(lengthBytes);
    return readSync(handle.fd, bytes, 0, lengthBytes, offsetBytes) === lengthBytes ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** For a caller that writes every byte before anybody reads one. */
export function unclearedBytes(lengthBytes: number): Bytes {
  return new Uint8Array(Buffer.allocUnsafeSlow(lengthBytes).buffer);
}
