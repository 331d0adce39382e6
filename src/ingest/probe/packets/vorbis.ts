import { LONGEST_DESCRIPTION_BYTES } from '../../../playback/index.ts';

// Vorbis I specification, sections 4.2 and 4.3.

export const VORBIS_ID_BYTES = 30;
/** Everything but the description's other parts. */
export const LONGEST_VORBIS_SETUP_BYTES = LONGEST_DESCRIPTION_BYTES - 64;
/** Type 3, "vorbis", no vendor, no comments, framing bit: the file's own may hold pictures, and says nothing here. */
const EMPTY_COMMENTS = Uint8Array.of(3, 0x76, 0x6f, 0x72, 0x62, 0x69, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** Modes end with their mapping (8 bits), transform and window type (16 each, 0), and the flag of a long block. */
const MODE_BITS = 41;
const MOST_MODES = 64;

export interface VorbisStream {
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly shortSamples: number;
  readonly longSamples: number;
}

export function isVorbisHeader(head: Uint8Array, type: number): boolean {
  return head[0] === type && String.fromCharCode(...head.subarray(1, 7)) === 'vorbis';
}

export function parseVorbisId(id: Uint8Array): VorbisStream | undefined {
  if (id.length < VORBIS_ID_BYTES || !isVorbisHeader(id, 1)) return undefined;
  const view = new DataView(id.buffer, id.byteOffset, id.byteLength);
  const shortSamples = 1 << (view.getUint8(28) & 0x0f);
  const longSamples = 1 << (view.getUint8(28) >> 4);
  if (shortSamples < 64 || longSamples > 8_192 || shortSamples > longSamples) return undefined;
  return {
    channelCount: view.getUint8(11),
    sampleRateHz: view.getUint32(12, true),
    shortSamples,
    longSamples,
  };
}

/** Bits from the end of the bytes to their start, the highest first: a setup header can only be read backwards. */
class BackwardBits {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get leftBits(): number {
    return this.#bytes.length * 8 - this.#at;
  }

  get at(): number {
    return this.#at;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#bytes.length - 1 - (this.#at >> 3)] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}

/**
 * Which modes have long blocks. The modes stand last in the setup header, behind codebooks that would have to be
 * decoded in full; so they are taken from its end, as FFmpeg does: as many as the count before them says.
 */
export function readVorbisModes(setup: Uint8Array): boolean[] | undefined {
  const bits = new BackwardBits(setup);
  // The framing bit, behind what fills the last byte.
  while (bits.leftBits > 0 && bits.read(1) === 0);
  const start = bits.at;
  let modeCount = 0;
  for (let count = 1; count <= MOST_MODES && bits.leftBits >= MODE_BITS + 6; count++) {
    if (bits.read(8) > 63 || bits.read(16) !== 0 || bits.read(16) !== 0) break;
    bits.read(1);
    if (new BackwardBits(setup, bits.at).read(6) + 1 === count) modeCount = count;
  }
  if (modeCount === 0) return undefined;
  const modes = new BackwardBits(setup, start);
  const areLong: boolean[] = [];
  for (let i = 0; i < modeCount; i++) {
    modes.read(MODE_BITS - 1);
    areLong.unshift(modes.read(1) === 1);
  }
  return areLong;
}

/** Samples of the block that a packet holds, by its first byte; undefined where it is none of music. */
export function vorbisBlockSamples(
  stream: VorbisStream,
  areLong: readonly boolean[],
  firstByte: number,
): number | undefined {
  if ((firstByte & 1) !== 0) return undefined;
  const modeBits = 32 - Math.clz32(areLong.length - 1);
  const isLong = areLong[(firstByte >> 1) & ((1 << modeBits) - 1)];
  if (isLong === undefined) return undefined;
  return isLong ? stream.longSamples : stream.shortSamples;
}

/** The three headers laced as Xiph does, which the WebCodecs registration of Vorbis asks for. */
export function vorbisDescription(id: Uint8Array, setup: Uint8Array): Uint8Array<ArrayBuffer> {
  const lacing = [2, id.length, EMPTY_COMMENTS.length];
  const description = new Uint8Array(lacing.length + id.length + EMPTY_COMMENTS.length + setup.length);
  description.set(lacing);
  description.set(id, lacing.length);
  description.set(EMPTY_COMMENTS, lacing.length + id.length);
  description.set(setup, lacing.length + id.length + EMPTY_COMMENTS.length);
  return description;
}
