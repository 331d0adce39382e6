/**
 * Messages between Clef and a connection's process, over a socket pair: the lengths of text and bytes (two uint32,
 * little-endian), the text (JSON), the bytes. Node's own messages cost four times as much for a MiB (ADR 23).
 */
export const HEAD_BYTES = 8;
const MOST_TEXT_BYTES = 2 ** 20;

export function frameHead(message: unknown, lengthBytes: number): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(message));
  const head = new Uint8Array(HEAD_BYTES + text.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, lengthBytes, true);
  head.set(text, HEAD_BYTES);
  return head;
}

export interface FrameLengths {
  readonly textBytes: number;
  readonly lengthBytes: number;
}

/** Undefined for what no frame begins with. */
export function frameLengths(head: Uint8Array, mostBytes: number): FrameLengths | undefined {
  const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
  const lengths = { textBytes: view.getUint32(0, true), lengthBytes: view.getUint32(4, true) };
  return lengths.textBytes <= MOST_TEXT_BYTES && lengths.lengthBytes <= mostBytes ? lengths : undefined;
}

export interface FrameTaker {
  /** Where the bytes of the next message go; undefined where none may come. */
  readonly room: () => Uint8Array | undefined;
  readonly message: (message: unknown, lengthBytes: number) => void;
  /** Nothing that follows can be understood. */
  readonly garbled: () => void;
}

/** Puts messages together from the pieces in which a socket brings them, each byte copied once. */
export class FrameReader {
  readonly #taker: FrameTaker;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #into: Uint8Array = this.#head;
  #filled = 0;
  #stage: 'bytes' | 'head' | 'text' = 'head';
  #lengths: FrameLengths = { textBytes: 0, lengthBytes: 0 };
  #message: unknown;
  #isGarbled = false;

  constructor(taker: FrameTaker) {
    this.#taker = taker;
  }

  take(piece: Uint8Array): void {
    for (let taken = 0; taken < piece.length && !this.#isGarbled; ) {
      const some = piece.subarray(taken, taken + this.#into.length - this.#filled);
      this.#into.set(some, this.#filled);
      this.#filled += some.length;
      taken += some.length;
      while (this.#filled === this.#into.length && !this.#isGarbled) this.#next();
    }
  }

  #next(): void {
    switch (this.#stage) {
      case 'head': {
        const room = this.#taker.room();
        const lengths = frameLengths(this.#head, room?.length ?? 0);
        if (!lengths) return this.#garble();
        this.#lengths = lengths;
        return this.#expect('text', new Uint8Array(lengths.textBytes));
      }
      case 'text': {
        try {
          this.#message = JSON.parse(new TextDecoder().decode(this.#into));
        } catch {
          return this.#garble();
        }
        const room = this.#taker.room() ?? new Uint8Array(0);
        return this.#expect('bytes', room.subarray(0, this.#lengths.lengthBytes));
      }
      case 'bytes':
        this.#expect('head', this.#head);
        return this.#taker.message(this.#message, this.#lengths.lengthBytes);
      default:
        this.#stage satisfies never;
    }
  }

  #expect(stage: 'bytes' | 'head' | 'text', into: Uint8Array): void {
    this.#stage = stage;
    this.#into = into;
    this.#filled = 0;
  }

  #garble(): void {
    this.#isGarbled = true;
    this.#taker.garbled();
  }
}
