import { randomUUID } from 'node:crypto';
import { ClefError } from '../../../core/index.ts';
import { isAbsentOnShare, type SmbNewFile, type SmbFolder } from '../../../smb/index.ts';
import { piecesUntilAborted, untilAborted } from '../../abort.ts';
import { TEMPORARY_PREFIX } from '../names.ts';
import type { ByteSource } from '../port.ts';
import { makeFolders } from './folders.ts';
import { LastCopyFault } from './rename.ts';

/** Where unfinished objects lie: on the same share, and out of every listing. */
const UPLOAD_FOLDER = `${TEMPORARY_PREFIX}uploads`;
/** What goes to the server at once. */
const WRITE_BYTES = 2 ** 20;
/** So much of an object's end is read again: its footer, by which the rest is found. */
const TAIL_BYTES = 4_096;

/** Objects that have no name yet. */
export class SmbUploads {
  readonly #root: SmbFolder;
  /** Of this process; sweep must not take them away however old they are. */
  readonly #active = new Set<string>();

  constructor(root: SmbFolder) {
    this.#root = root;
  }

  /**
   * Writes the source into a temporary file and hands its path to `publish`, which gives it its name. Whatever fails, the
   * temporary file goes; after a LastCopyFault it stays until it is swept. An error of the source comes as a SourceFault.
   */
  async run<T>(
    source: ByteSource,
    signal: AbortSignal | undefined,
    publish: (temporaryPath: string) => Promise<T>,
  ): Promise<T> {
    const name = randomUUID();
    const path = `${UPLOAD_FOLDER}/${name}`;
    this.#active.add(name);
    try {
      await this.#write(path, source, signal);
      signal?.throwIfAborted();
      return await publish(path);
    } catch (error) {
      if (error instanceof LastCopyFault) throw error.cause;
      // A share that is away keeps it until it is swept.
      await this.#root.unlink(path).catch(() => undefined);
      throw error;
    } finally {
      this.#active.delete(name);
    }
  }

  async removeOlderThan(timeMs: number, signal: AbortSignal | undefined): Promise<number> {
    let removed = 0;
    try {
      for await (const { name, isFolder, modifiedAtNs } of this.#root.list(UPLOAD_FOLDER)) {
        signal?.throwIfAborted();
        if (isFolder || this.#active.has(name) || Number(modifiedAtNs) / 1e6 > timeMs) continue;
        if (await removeIfPresent(this.#root, `${UPLOAD_FOLDER}/${name}`)) removed++;
      }
    } catch (error) {
      if (!isAbsentOnShare(error)) throw error;
    }
    return removed;
  }

  async #write(path: string, source: ByteSource, signal: AbortSignal | undefined): Promise<void> {
    const file = await this.#open(path);
    let lengthBytes = 0;
    let tail = new Uint8Array(0);
    try {
      for await (const piece of gathered(tagFaults(piecesUntilAborted(source, signal)))) {
        await untilAborted(file.write(piece), signal);
        lengthBytes += piece.length;
        tail = joined(tail, piece.subarray(-TAIL_BYTES)).slice(-TAIL_BYTES);
      }
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    await file.close();
    await this.#assertEnd(path, lengthBytes, tail);
  }

  async #open(path: string): Promise<SmbNewFile> {
    try {
      return await this.#root.create(path);
    } catch (error) {
      if (!isAbsentOnShare(error)) throw error;
      await makeFolders(this.#root, UPLOAD_FOLDER);
      return this.#root.create(path);
    }
  }

  /** A server that acknowledged what it does not have is found out while the object has no name. */
  async #assertEnd(path: string, lengthBytes: number, tail: Uint8Array): Promise<void> {
    const found = new Uint8Array(tail.length + 1);
    const foundBytes = await this.#root.read(path, lengthBytes - tail.length, found, { isFresh: true });
    if (foundBytes === tail.length && Buffer.compare(found.subarray(0, foundBytes), tail) === 0) return;
    throw new ClefError('node-io', 'a share does not hold what was written to it');
  }
}

/** Carries a source's error past the places where a failed call would be taken for the node's. */
export class SourceFault extends Error {
  constructor(cause: unknown) {
    super('the source of an upload failed', { cause });
  }
}

async function* tagFaults(pieces: ByteSource): ByteSource {
  try {
    yield* pieces;
  } catch (error) {
    throw new SourceFault(error);
  }
}

/** Copies what it takes: a source may reuse its buffer. A piece is valid until the next one is asked for. */
async function* gathered(pieces: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const whole = new Uint8Array(WRITE_BYTES);
  let filled = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const some = piece.subarray(taken, taken + WRITE_BYTES - filled);
      whole.set(some, filled);
      filled += some.length;
      taken += some.length;
      if (filled < WRITE_BYTES) continue;
      yield whole;
      filled = 0;
    }
  }
  if (filled > 0) yield whole.subarray(0, filled);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** False where it was gone already. */
async function removeIfPresent(root: SmbFolder, path: string): Promise<boolean> {
  try {
    await root.unlink(path);
    return true;
  } catch (error) {
    if (isAbsentOnShare(error)) return false;
    throw error;
  }
}
