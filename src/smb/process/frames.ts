import { readSync, writeSync } from 'node:fs';
import { frameHead, frameLengths, HEAD_BYTES } from '../frames.ts';

/** The other end of `FrameReader`'s socket, as this process inherits it. It blocks: there is nothing else to do. */
const FD = 3;

export interface Frame {
  readonly message: unknown;
  /** Valid until the next frame is read. */
  readonly bytes: Uint8Array;
}

export class BlockingFrames {
  readonly #head = new Uint8Array(HEAD_BYTES);
  readonly #bytes: Uint8Array;

  constructor(mostBytes: number) {
    this.#bytes = new Uint8Array(mostBytes);
  }

  /** Undefined where the other end is gone, or talks nonsense. */
  read(): Frame | undefined {
    if (!fill(this.#head)) return undefined;
    const lengths = frameLengths(this.#head, this.#bytes.length);
    if (!lengths) return undefined;
    const text = new Uint8Array(lengths.textBytes);
    const bytes = this.#bytes.subarray(0, lengths.lengthBytes);
    if (!fill(text) || !fill(bytes)) return undefined;
    return { message: JSON.parse(new TextDecoder().decode(text)), bytes };
  }

  write(message: unknown, bytes: Uint8Array): void {
    send(frameHead(message, bytes.length));
    send(bytes);
  }
}

function fill(into: Uint8Array): boolean {
  for (let filled = 0; filled < into.length; ) {
    const got = readSync(FD, into, filled, into.length - filled, null);
    if (got === 0) return false;
    filled += got;
  }
  return true;
}

function send(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(FD, bytes, sent, bytes.length - sent);
}
