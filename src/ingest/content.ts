import { createHmac } from 'node:crypto';
import type { FileStamp } from '../catalog/index.ts';
import { asBytes, type Bytes, ClefError, equalBytes, isClefError } from '../core/index.ts';
import type { ReadableMedia } from './port.ts';
import type { ScannedFile } from './scan/walk.ts';
import type { SourceTree, TreeFile } from './sources/port.ts';

/** Large enough that a share's latency does not count, small enough for many files at once. */
const PIECE_BYTES = 512 * 1024;

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

/** The bytes of a small file beside the music; undefined where it is gone, unreadable, empty or too large. */
export async function readSidecar(
  tree: SourceTree,
  path: Buffer,
  mostBytes: number,
): Promise<Bytes | undefined> {
  try {
    await using file = await tree.open(path, false);
    if (!file || file.state.lengthBytes === 0 || file.state.lengthBytes > mostBytes) return undefined;
    const bytes = new Uint8Array(file.state.lengthBytes);
    return bytes.subarray(0, await file.read(bytes, 0));
  } catch (error) {
    if (isClefError(error, 'media-unreadable')) return undefined;
    throw error;
  }
}

/** A source file that is open: one and the same file, whatever happens to its name. It is read, never written. */
export class SourceContent implements ImportContent, AsyncDisposable {
  /** As it was when it was opened. */
  readonly stamp: FileStamp;
  readonly #file: TreeFile;

  private constructor(file: TreeFile, stamp: FileStamp) {
    this.#file = file;
    this.stamp = stamp;
  }

  /** Undefined where the file is gone; `media-unreadable` where it cannot be opened. */
  static async open(
    tree: SourceTree,
    { path, isLink, stamp }: ScannedFile,
  ): Promise<SourceContent | undefined> {
    const file = await tree.open(path, isLink);
    return file && new SourceContent(file, { ...file.state, sidecars: stamp.sidecars });
  }

  get lengthBytes(): number {
    return this.stamp.lengthBytes;
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(lengthBytes);
    return buffer.subarray(0, await this.#file.read(buffer, offsetBytes));
  }

  /** The whole file in pieces; each is valid until the next is asked for. */
  async *#pieces(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(1, this.lengthBytes)));
    for (let offset = 0; offset < this.lengthBytes; ) {
      signal.throwIfAborted();
      const wanted = buffer.subarray(0, Math.min(buffer.length, this.lengthBytes - offset));
      const bytesRead = await this.#file.read(wanted, offset);
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
    if (!(await this.#file.isUnchanged())) throw changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}
