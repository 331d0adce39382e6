/**
 * A ring of PCM between one writer and one reader, who may be in different threads. Frames are counted from the
 * ring's first; the counters wrap at 2^32, so each side keeps the whole number for itself and compares differences.
 */
export interface Ring {
  readonly words: Int32Array;
  /** Interleaved. */
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly capacityFrames: number;
}

/** Places in `words`. */
export const WRITTEN = 0;
export const PLAYED = 1;
/** The context's frame at which `PLAYED` was true. */
export const CLOCK = 2;
export const SKIP_TO = 3;
export const SKIP_ASKED = 4;
export const UNDERRUNS = 5;
/** 1 while samples of the ring are what is put out. */
export const SOUNDING = 6;
const WORD_COUNT = 8;

/**
 * Frames that the writer leaves free, so that what it writes after a skip does not fall on what the reader, which
 * has not seen the skip yet, is reading in that moment.
 */
export const SLACK_FRAMES = 16_384;

/** What must be there before sound begins, unless it is all: some packets are decoded as soon as one. */
export const START_SECONDS = 0.05;

export function createRing(channelCount: number, capacityFrames: number, shared: boolean): Ring {
  const Buffer = shared ? SharedArrayBuffer : ArrayBuffer;
  return {
    words: new Int32Array(new Buffer(WORD_COUNT * Int32Array.BYTES_PER_ELEMENT)),
    samples: new Float32Array(new Buffer(capacityFrames * channelCount * Float32Array.BYTES_PER_ELEMENT)),
    channelCount,
    capacityFrames,
  };
}

/** The whole number near `near` whose low 32 bits are `word`. */
export function unwrap(near: number, word: number): number {
  return near + ((word - (near | 0)) | 0);
}

/** Puts interleaved frames at `atFrame`; the caller has made sure that they fit. */
export function putFrames(ring: Ring, atFrame: number, interleaved: Float32Array): void {
  const { samples, channelCount, capacityFrames } = ring;
  const offset = (atFrame % capacityFrames) * channelCount;
  const head = Math.min(interleaved.length, samples.length - offset);
  samples.set(interleaved.subarray(0, head), offset);
  if (head < interleaved.length) samples.set(interleaved.subarray(head), 0);
}
