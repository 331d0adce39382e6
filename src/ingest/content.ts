import { constants, type BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createHmac } from 'node:crypto';
import type { FileStamp } from '../catalog/index.ts';
import { asBytes, type Bytes, ClefError, equalBytes } from '../core/index.ts';
import type { ReadableMedia } from './port.ts';
import type { SourceFolder } from './scan/source-folder.ts';
import { isSameContent, stampOf } from './scan/stamp.ts';
import { isGone, systemReason } from './scan/system-error.ts';
import type { ScannedFile } from './scan/walk.ts';

/** Large enough that a share's latency does not count, small enough for many files at once. */
const PIECE_BYTES = 512 * 1024;

/**
 * Without waiting, since a pipe that took the place of a file would never open; and not through a link that
 * was put there after the scan, since nobody checked where it leads.
 */
const READ_NO_LINK = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

function unreadable(error: unknown): ClefError {
  return new ClefError('media-unreadable', systemReason(error), { cause: error });
}

function changed(): ClefError {
  return new ClefError('vault-source-changed', 'it changed while it was read');
}

/** Keyed, so that who reads the catalogue cannot tell which known recordings are in it. */
export function keyedHash(key: Bytes, bytes: Uint8Array): Bytes {
  return asBytes(createHmac('sha256', key).update(bytes).digest());
}

/** What is hashed, probed and sealed is one and the same, whatever happens meanwhile. */
export interface ImportContent extends ReadableMedia {
  /** HMAC-SHA-256 of the content. */
  hash(key: Bytes, signal: AbortSignal): Promise<Bytes>;
  /** The content again, to be sealed; rejects at its end unless its hash is the expected one. */
  plaintext(key: Bytes, expected: Bytes, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** `vault-source-changed` where it changed since it was opened. */
  assertUnchanged(): Promise<void>;
}

/** The bytes of a small file beside the music; undefined where it is gone, no file, empty or too large. */
export async function readSidecar(path: Buffer, mostBytes: number): Promise<Bytes | undefined> {
  try {
    await using file = await open(path, READ_NO_LINK);
    const found = await file.stat();
    if (!found.isFile() || found.size === 0 || found.size > mostBytes) return undefined;
    const bytes = new Uint8Array(found.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}

/** A source file held open: one and the same file, whatever happens to its name. It is read, never written. */
export class SourceContent implements ImportContent, AsyncDisposable {
  /** As it was when it was opened. */
  readonly stamp: FileStamp;
  readonly #handle: FileHandle;
  readonly #source: SourceFolder;
  readonly #path: Buffer;

  private constructor(handle: FileHandle, source: SourceFolder, path: Buffer, stamp: FileStamp) {
    this.#handle = handle;
    this.#source = source;
    this.#path = path;
    this.stamp = stamp;
  }

  /** Undefined where the file is gone; `media-unreadable` where it cannot be opened. */
  static async open(source: SourceFolder, file: ScannedFile): Promise<SourceContent | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(file.path, file.isLink ? constants.O_RDONLY | constants.O_NONBLOCK : READ_NO_LINK);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw unreadable(error);
    }
    try {
      const found: BigIntStats = await handle.stat({ bigint: true });
      if (!found.isFile()) throw new ClefError('media-unreadable', 'it is no longer a file');
      const stamp = await stampOf(source, found, file.path, file.stamp.sidecars);
      return new SourceContent(handle, source, file.path, stamp);
    } catch (error) {
      await handle.close();
      throw error instanceof ClefError ? error : unreadable(error);
    }
  }

  get lengthBytes(): number {
    return this.stamp.lengthBytes;
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(lengthBytes);
    const bytesRead = await this.#fill(buffer, offsetBytes);
    return buffer.subarray(0, bytesRead);
  }

  async #fill(buffer: Buffer, offsetBytes: number): Promise<number> {
    try {
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await this.#handle.read(
          buffer,
          filled,
          buffer.length - filled,
          offsetBytes + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** The whole file in pieces; each is valid until the next is asked for. */
  async *#pieces(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(1, this.lengthBytes)));
    for (let offset = 0; offset < this.lengthBytes; ) {
      signal.throwIfAborted();
      const wanted = buffer.subarray(0, Math.min(buffer.length, this.lengthBytes - offset));
      const bytesRead = await this.#fill(wanted, offset);
      if (bytesRead < wanted.length) throw changed();
      offset += bytesRead;
      yield wanted;
    }
  }

  /** HMAC-SHA-256 of the content; `vault-source-changed` where it changed under the reader. */
  async hash(key: Bytes, signal: AbortSignal): Promise<Bytes> {
    const hmac = createHmac('sha256', key);
    for await (const piece of this.#pieces(signal)) hmac.update(piece);
    await this.assertUnchanged();
    return asBytes(hmac.digest());
  }

  /** The content again, to be sealed; `vault-source-changed` unless its hash is the one of before. */
  async *plaintext(key: Bytes, expected: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const hmac = createHmac('sha256', key);
    for await (const piece of this.#pieces(signal)) {
      hmac.update(piece);
      yield piece;
    }
    if (!equalBytes(hmac.digest(), expected)) throw changed();
  }

  async assertUnchanged(): Promise<void> {
    const found = await this.#handle.stat({ bigint: true });
    const now = await stampOf(this.#source, found, this.#path, this.stamp.sidecars);
    if (!isSameContent(now, this.stamp)) throw changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
