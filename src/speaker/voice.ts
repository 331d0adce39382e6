import { SINC_TAPS, sincWeights } from '../playback/pace/index.ts';
import type { Track } from './port.ts';

/** What is decoded ahead. */
const AHEAD_SECONDS = 5;
/** What must be there before it sounds, unless it is all. */
const START_SECONDS = 0.05;
/** In which it fades in and out, so that nothing clicks. */
const EDGE_FRAMES = 128;
/** In which a change of its gain is made. */
const GAIN_FRAMES = 512;
/** Sound further ahead than this is not waited for: it is sought. */
const REACH_SECONDS = 2;
/** Of one that is still being fetched, or sought in: to begin anew would make that no shorter. */
const FIRST_REACH_SECONDS = 10;
const HALF = SINC_TAPS / 2;

export interface VoiceReading {
  /** Frames of the track a frame of the device. */
  readonly step: number;
  /** As it is without. */
  readonly gain?: number;
  /** False: it fades out. */
  readonly sounds: boolean;
}

export interface VoiceOptions {
  readonly track: Track;
  readonly positionMs: number;
  readonly rateHz: number;
  readonly onFault: (error: unknown) => void;
}

/** The sound of one track from a place on, decoded a little ahead. */
export class Voice {
  readonly #options: VoiceOptions;
  readonly #weights = new Float64Array(SINC_TAPS);
  /** Interleaved, from `#firstFrame` on. */
  #samples: Float32Array;
  #firstFrame: number;
  #count = 0;
  /** Of the track: what is read next, between frames where it is hurried or held. */
  #frame: number;
  #isOver = false;
  readonly #gone = new AbortController();
  #room = Promise.withResolvers<void>();
  #level = 0;
  #gain: number | undefined;

  constructor(options: VoiceOptions) {
    this.#options = options;
    const { positionMs, rateHz } = options;
    this.#firstFrame = Math.max(0, Math.round((positionMs * rateHz) / 1000));
    this.#frame = this.#firstFrame;
    this.#samples = new Float32Array(2 * rateHz * (AHEAD_SECONDS + 1));
    this.#decode().catch((error: unknown) => {
      this.#isOver = true;
      if (!this.#gone.signal.aborted) options.onFault(error);
    });
  }

  /** Of the track. */
  get positionMs(): number {
    return (this.#frame / this.#options.rateHz) * 1000;
  }

  get bufferedMs(): number {
    return ((this.#endFrame - this.#frame) / this.#options.rateHz) * 1000;
  }

  /** Nothing comes any more, and all was read. */
  get isOver(): boolean {
    return this.#isOver && this.#frame >= this.#endFrame;
  }

  /** That it can sound from a place on, now. */
  isReadyAt(positionMs: number): boolean {
    const frame = (positionMs * this.#options.rateHz) / 1000;
    const enough = this.#isOver ? 1 : this.#options.rateHz * START_SECONDS;
    // Positions are no whole frames, also where it begins.
    return frame >= this.#firstFrame - 1 && frame + enough <= this.#endFrame;
  }

  /** That a place is here, or will be soon; or that it lies behind the end, where nothing is. */
  canReach(positionMs: number): boolean {
    const frame = (positionMs * this.#options.rateHz) / 1000;
    const reachSeconds = this.#count === 0 ? FIRST_REACH_SECONDS : REACH_SECONDS;
    const end = this.#isOver
      ? Number.POSITIVE_INFINITY
      : this.#endFrame + reachSeconds * this.#options.rateHz;
    return frame >= this.#firstFrame - 1 && frame <= end;
  }

  moveTo(positionMs: number): void {
    const frame = (positionMs * this.#options.rateHz) / 1000;
    this.#frame = Math.max(this.#firstFrame, Math.min(frame, this.#endFrame));
    this.#forget();
  }

  /** Begins with its first sample as it is. */
  beginLoud(): void {
    this.#level = 1;
  }

  /** Adds its sound to frames [from, from + count) of `out`, which is interleaved; answers how many it had. */
  read(out: Float32Array, from: number, count: number, { step, gain, sounds }: VoiceReading): number {
    this.#gain ??= gain ?? 0;
    const wanted = gain ?? this.#gain;
    const edge = (sounds ? 1 : -1) / EDGE_FRAMES;
    let made = 0;
    for (; made < count && this.#frame < this.#endFrame; made++) {
      if (!sounds && this.#level <= 0) break;
      this.#level = Math.min(1, Math.max(0, this.#level + edge));
      this.#gain += Math.max(-1 / GAIN_FRAMES, Math.min(wanted - this.#gain, 1 / GAIN_FRAMES));
      this.#add(out, 2 * (from + made), this.#gain * this.#level);
      this.#frame += step;
    }
    this.#forget();
    return made;
  }

  /** One frame; what lies between frames as a sinc of them. */
  #add(out: Float32Array, at: number, factor: number): void {
    const base = Math.floor(this.#frame);
    const fraction = this.#frame - base;
    const samples = this.#samples;
    let [left, right] = [0, 0];
    const in0 = base - this.#firstFrame;
    if (fraction === 0) {
      left = samples[2 * in0] ?? 0;
      right = samples[2 * in0 + 1] ?? 0;
    } else {
      const sum = sincWeights(fraction, this.#weights);
      for (let i = 0; i < SINC_TAPS; i++) {
        // The first and the last of what is there count as their neighbours.
        const frame = Math.max(0, Math.min(in0 + 1 + i - HALF, this.#count - 1));
        const weight = (this.#weights[i] ?? 0) / sum;
        left += weight * (samples[2 * frame] ?? 0);
        right += weight * (samples[2 * frame + 1] ?? 0);
      }
    }
    out[at] = (out[at] ?? 0) + left * factor;
    out[at + 1] = (out[at + 1] ?? 0) + right * factor;
  }

  get #endFrame(): number {
    return this.#firstFrame + this.#count;
  }

  dispose(): void {
    this.#gone.abort();
    this.#room.resolve();
  }

  async #decode(): Promise<void> {
    const { signal } = this.#gone;
    await using sound = await this.#options.track.soundFrom(this.#options.positionMs, signal);
    while (!signal.aborted) {
      if (this.#count - (this.#frame - this.#firstFrame) > AHEAD_SECONDS * this.#options.rateHz) {
        this.#room = Promise.withResolvers<void>();
        await this.#room.promise;
        continue;
      }
      const piece = await sound.next();
      if (!piece) break;
      this.#append(piece);
    }
    this.#isOver = true;
  }

  #append(piece: Float32Array): void {
    const used = 2 * this.#count;
    if (used + piece.length > this.#samples.length) {
      const grown = new Float32Array(2 * (used + piece.length));
      grown.set(this.#samples.subarray(0, used));
      this.#samples = grown;
    }
    this.#samples.set(piece, used);
    this.#count += piece.length / 2;
  }

  /** What was read, but for what neighbours of the next frame are; once it is a second, so that it is seldom moved. */
  #forget(): void {
    const { rateHz } = this.#options;
    const read = Math.floor(this.#frame) - HALF - this.#firstFrame;
    if (read >= rateHz) {
      this.#samples.copyWithin(0, 2 * read, 2 * this.#count);
      this.#firstFrame += read;
      this.#count -= read;
    }
    if (this.#endFrame - this.#frame <= AHEAD_SECONDS * rateHz) this.#room.resolve();
  }
}
