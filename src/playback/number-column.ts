import { type Bytes, ClefError } from '../core/index.ts';

/** Of a variable-length number: 7 bits a byte, below 2^53. */
const MOST_NUMBER_BYTES = 8;
/** Numbers of a column that share their smallest and their width. */
const BLOCK = 128;
/** A number of a column takes at most this many bits, so that it and the rest of a byte fit 31. */
const WIDEST_BITS = 24;
/** A column of no more different numbers than this names them by their rank. */
const MOST_RANKED = 64;

export const LARGEST_COLUMN_NUMBER = 2 ** WIDEST_BITS - 1;

function malformed(what: string): ClefError {
  return new ClefError('malformed-asset', `a packet table ${what}`);
}

/** Grows as bytes are put to its end. */
export class ByteWriter {
  #bytes = new Uint8Array(4_096);
  #length = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  /** 7 bits a byte, the lowest first; all but the last byte have the top bit set. */
  number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  blob(bytes: Uint8Array): void {
    this.number(bytes.length);
    for (const byte of bytes) this.byte(byte);
  }

  finish(): Bytes {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads from hostile bytes; every method throws `malformed-asset` rather than go past the end. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    const value = this.#bytes[this.#offset++];
    if (value === undefined) throw malformed('ends before its last number');
    return value;
  }

  /** At most `most`, and spelled in as few bytes as it takes. */
  number(most: number): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < MOST_NUMBER_BYTES; i++, unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte >= 0x80) continue;
      if (value > most || (byte === 0 && i > 0)) break;
      return value;
    }
    throw malformed('holds a number out of bounds');
  }

  blob(mostBytes: number): Bytes {
    const lengthBytes = this.number(mostBytes);
    if (lengthBytes > this.leftBytes) throw malformed('ends before its last number');
    const start = this.#offset;
    this.#offset += lengthBytes;
    // A copy also of a Node buffer, whose own `slice` is a view.
    return Uint8Array.from(this.#bytes.subarray(start, this.#offset));
  }
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

function writeBlocks(writer: ByteWriter, values: ArrayLike<number>): void {
  for (let start = 0; start < values.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, values.length);
    let smallest = LARGEST_COLUMN_NUMBER;
    let largest = 0;
    for (let i = start; i < end; i++) {
      smallest = Math.min(smallest, values[i] ?? 0);
      largest = Math.max(largest, values[i] ?? 0);
    }
    const width = bitLength(largest - smallest);
    writer.number(smallest);
    writer.byte(width);
    let held = 0;
    let bits = 0;
    for (let i = start; i < end; i++) {
      held = (held << width) | ((values[i] ?? 0) - smallest);
      for (bits += width; bits >= 8; ) {
        bits -= 8;
        writer.byte((held >>> bits) & 0xff);
      }
      held &= (1 << bits) - 1;
    }
    if (bits > 0) writer.byte((held << (8 - bits)) & 0xff);
  }
}

function readBlocks(cursor: ByteCursor, count: number, most: number): Uint32Array<ArrayBuffer> {
  // Two bytes a block at least: what is announced cannot be much larger than what is there.
  if (Math.ceil(count / BLOCK) * 2 > cursor.leftBytes) throw malformed('ends before its last number');
  const values = new Uint32Array(count);
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(start + BLOCK, count);
    const smallest = cursor.number(most);
    const width = cursor.byte();
    if (width > WIDEST_BITS) throw malformed('holds a number out of bounds');
    let held = 0;
    let bits = 0;
    for (let i = start; i < end; i++) {
      for (; bits < width; bits += 8) held = (held << 8) | cursor.byte();
      bits -= width;
      const value = smallest + (held >>> bits);
      held &= (1 << bits) - 1;
      if (value > most) throw malformed('holds a number out of bounds');
      values[i] = value;
    }
    if (held !== 0) throw malformed('fills a byte with something else than zeros');
  }
  return values;
}

/** The numbers in rising order, if there are few. */
function rankedNumbers(values: ArrayLike<number>): number[] | undefined {
  const seen = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    seen.add(values[i] ?? 0);
    if (seen.size > MOST_RANKED) return undefined;
  }
  return [...seen].sort((a, b) => a - b);
}

/** Numbers up to `LARGEST_COLUMN_NUMBER`, whose count the reader must know. */
export function writeColumn(writer: ByteWriter, values: ArrayLike<number>): void {
  const ranked = rankedNumbers(values);
  writer.byte(ranked?.length ?? 0);
  if (!ranked) {
    writeBlocks(writer, values);
    return;
  }
  const ranks = new Map(ranked.map((value, rank) => [value, rank]));
  for (const [rank, value] of ranked.entries()) writer.number(value - (ranked[rank - 1] ?? 0));
  writeBlocks(
    writer,
    Array.from(values, (value) => ranks.get(value) ?? 0),
  );
}

/** None of the numbers is over `most`. */
export function readColumn(cursor: ByteCursor, count: number, most: number): Uint32Array<ArrayBuffer> {
  const rankedCount = cursor.byte();
  if (rankedCount === 0) return readBlocks(cursor, count, most);
  if (rankedCount > MOST_RANKED) throw malformed('names too many numbers');
  const ranked: number[] = [];
  for (let value = 0; ranked.length < rankedCount; ranked.push(value)) {
    value += cursor.number(most - value);
  }
  return readBlocks(cursor, count, rankedCount - 1).map((rank) => ranked[rank] ?? 0);
}

/** Pairs of a rising index and a number other than 0, for a column that is nearly all zeros. */
export function writeSparse(writer: ByteWriter, pairs: readonly (readonly [number, number])[]): void {
  writer.number(pairs.length);
  let next = 0;
  for (const [index, value] of pairs) {
    writer.number(index - next);
    writer.number(value);
    next = index + 1;
  }
}

/** All indexes are below `count`, all numbers from 1 to `most`. */
export function readSparse(cursor: ByteCursor, count: number, most: number): [number, number][] {
  const pairCount = cursor.number(count);
  if (pairCount * 2 > cursor.leftBytes) throw malformed('ends before its last number');
  const pairs: [number, number][] = [];
  for (let next = 0; pairs.length < pairCount; ) {
    const index = next + cursor.number(count);
    const value = cursor.number(most);
    if (index >= count || value === 0) throw malformed('holds a number out of bounds');
    pairs.push([index, value]);
    next = index + 1;
  }
  return pairs;
}
