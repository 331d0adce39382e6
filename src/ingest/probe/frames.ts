import { ClefError } from '../../core/index.ts';

/**
 * What the two sides of a probe say to each other, as frames of `length (32 bits, big-endian) ‖ kind ‖ payload`.
 * Own framing, since the parent must survive anything that a child under attack may send.
 */
export const FRAME = {
  /** Parent: JSON `{lengthBytes}` of the next file. */
  media: 1,
  /** Parent: the bytes that were asked for. */
  bytes: 2,
  /** Child: offset (64 bits) and length (32 bits) that it wants to read. */
  read: 3,
  /** Child: the cover's bytes, before the answer. */
  cover: 4,
  /** Child: JSON of what was found. */
  answer: 5,
  /** Child: JSON `{code, reason}`. */
  failure: 6,
  /** Parent: JSON `{lengthBytes}` of a file whose packet table is wanted. */
  packets: 7,
  /** Child: the packet table's bytes, none where there is no table. */
  table: 8,
} as const;

export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

const HEADER_BYTES = 5;
/** Above the largest cover, and the table of a day of music. */
export const LARGEST_FRAME_BYTES = 17 * 1024 * 1024;
/** What a child may ask for at once. */
export const LARGEST_READ_BYTES = 1024 * 1024;

export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

export function encodeFrame(kind: FrameKind, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt8(kind, 4);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

export function encodeJsonFrame(kind: FrameKind, value: unknown): Buffer {
  return encodeFrame(kind, Buffer.from(JSON.stringify(value)));
}

/** Puts frames together from the pieces that a pipe delivers. */
export class FrameAssembler {
  #pieces: Buffer[] = [];
  #heldBytes = 0;

  /** Throws where a frame is announced that nobody sends. */
  *push(piece: Buffer): Generator<Frame> {
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    while (this.#heldBytes >= HEADER_BYTES) {
      const first = this.#pieces[0];
      if (first === undefined) return;
      if (first.length < HEADER_BYTES) this.#join();
      const header = this.#pieces[0] ?? first;
      const payloadBytes = header.readUInt32BE(0);
      if (payloadBytes > LARGEST_FRAME_BYTES)
        throw new ClefError('internal', 'a probe sent an impossible frame');
      const frameBytes = HEADER_BYTES + payloadBytes;
      if (this.#heldBytes < frameBytes) return;
      this.#join();
      const [whole = header] = this.#pieces;
      this.#pieces = whole.length > frameBytes ? [whole.subarray(frameBytes)] : [];
      this.#heldBytes -= frameBytes;
      yield { kind: whole.readUInt8(4), payload: whole.subarray(HEADER_BYTES, frameBytes) };
    }
  }

  #join(): void {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
  }
}
