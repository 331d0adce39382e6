import {
  CLOCK,
  PLAYED,
  type Ring,
  SKIP_ASKED,
  SKIP_TO,
  SOUNDING,
  START_SECONDS,
  UNDERRUNS,
  unwrap,
  WRITTEN,
} from './ring.ts';
import { SINC_TAPS, sincWeights } from '../../playback/pace/index.ts';
import type { Reading } from './deck-message.ts';
import { EMPTY_TIMELINE, fadeAt, type Segment, segmentAt, soundableEnd, type Timeline } from './timeline.ts';

/** What must be there before it comes back after it broke off. */
const RECOVERY_SECONDS = 0.5;
const EDGE_FRAMES = 128;
const GAIN_FRAMES = 256;

/** The end of a ring in the audio thread: turns its frames into sound as the timeline says. */
export class RingReader {
  timeline: Timeline = EMPTY_TIMELINE;
  readonly #ring: Ring;
  readonly #sampleRateHz: number;
  #played = 0;
  /** Between `#played` and the next frame, where frames are not taken one by one. */
  #fraction = 0;
  #reading: Reading = { playing: false, atFrame: 0, step: 1 };
  #playing = false;
  /** It fades out, to begin anew. */
  #leaving = false;
  /** Of the segment that sounds, on its way to what the timeline says. */
  #gain = 0;
  #gainOfFrame = Number.NaN;
  #segment: Segment | undefined;
  readonly #weights = new Float64Array(SINC_TAPS);
  /** 1 while playing, 0 while not, or on its way: a pause does not click. */
  #edge = 0;
  /** What begins anew begins with its first sample as it is. */
  #fresh = true;
  #sounding = false;
  #wasUnderrun = false;

  constructor(ring: Ring, sampleRateHz: number) {
    this.#ring = ring;
    this.#sampleRateHz = sampleRateHz;
  }

  move(reading: Reading): void {
    this.#reading = reading;
    this.#leaving ||= this.#sounding && reading.anew === true;
  }

  /** Fills one quantum that begins at the context's `clock`; true where sound began or broke off. */
  read(output: readonly Float32Array[], clock: number): boolean {
    const { words } = this.#ring;
    if (Atomics.exchange(words, SKIP_ASKED, 0) === 1)
      this.#skipTo(unwrap(this.#played, Atomics.load(words, SKIP_TO)));
    const length = output[0]?.length ?? 0;
    const { untilFrame = Number.POSITIVE_INFINITY } = this.#reading;
    const playing = (this.#playing = this.#reading.playing && clock < untilFrame);
    const sounded = this.#sounding;
    const offset = this.#leaving ? 0 : this.#begin(clock, length);
    const made = playing || this.#edge > 0 ? this.#fill(output, offset, length) : 0;
    const begun = playing && offset < length;
    // A pause in which nothing was left to fade: what comes later is not its rest.
    if (made === 0 && !playing) this.#edge = 0;
    this.#sounding = made > 0;
    if (this.#leaving && (made === 0 || this.#edge === 0)) this.#leaving = this.#sounding = false;
    else if (sounded && begun && made === 0) this.#breakOff();
    Atomics.store(words, SOUNDING, this.#sounding ? 1 : 0);
    Atomics.store(words, PLAYED, this.#played | 0);
    Atomics.store(words, CLOCK, (clock + length) | 0);
    return sounded !== this.#sounding;
  }

  /** Where in this quantum it goes on; what begins on a line is there by then. */
  #begin(clock: number, length: number): number {
    const { atFrame, step, lineFrame } = this.#reading;
    const offset = Math.max(0, Math.min(length, atFrame - clock));
    if (lineFrame === undefined || this.#sounding || !this.#playing || offset === length) return offset;
    const frame = lineFrame + (clock + offset - atFrame) * step;
    if (frame <= this.#played) return Math.min(length, offset + Math.ceil((this.#played - frame) / step));
    const written = unwrap(this.#played, Atomics.load(this.#ring.words, WRITTEN));
    this.#played = Math.min(Math.floor(frame), written);
    this.#fraction = this.#played < written ? frame - this.#played : 0;
    return offset;
  }

  #skipTo(frame: number): void {
    if (frame < this.#played) return;
    this.#played = frame;
    this.#fraction = 0;
    this.#sounding = this.#leaving = this.#wasUnderrun = false;
    this.#edge = 0;
    this.#fresh = true;
  }

  #breakOff(): void {
    const { segments, final } = this.timeline;
    if (final && this.#played >= (segments.at(-1)?.endFrame ?? 0)) return;
    this.#wasUnderrun = true;
    Atomics.add(this.#ring.words, UNDERRUNS, 1);
  }

  #available(): { readonly frames: number; readonly isEnd: boolean } {
    const written = unwrap(this.#played, Atomics.load(this.#ring.words, WRITTEN));
    const end = soundableEnd(this.timeline, this.#played);
    return { frames: Math.min(written, end) - this.#played, isEnd: end <= written };
  }

  #fill(output: readonly Float32Array[], offset: number, length: number): number {
    const { frames, isEnd } = this.#available();
    if (frames < (isEnd ? 1 : this.#neededFrames) || offset >= length) return 0;
    this.#wasUnderrun = false;
    if (this.#fresh) this.#edge = 1;
    this.#fresh = false;
    return this.#reading.step === 1 && this.#fraction === 0
      ? this.#copy(output, offset, Math.min(length - offset, frames))
      : this.#interpolate(output, offset, length - offset, frames);
  }

  get #neededFrames(): number {
    if (this.#wasUnderrun) return this.#sampleRateHz * RECOVERY_SECONDS;
    return this.#fresh ? this.#sampleRateHz * START_SECONDS : 1;
  }

  /** One frame in, one frame out: at a gain of 1 no bit changes. */
  #copy(output: readonly Float32Array[], offset: number, count: number): number {
    const { samples, channelCount, capacityFrames } = this.#ring;
    for (let i = 0; i < count; i++) {
      const factor = this.#factor(this.#played + i);
      const at = ((this.#played + i) % capacityFrames) * channelCount;
      for (let channel = 0; channel < output.length; channel++) {
        const plane = output[channel];
        if (plane) plane[offset + i] = (samples[at + channel] ?? 0) * factor;
      }
    }
    this.#played += count;
    this.#settle();
    return count;
  }

  /** Another rate: what lies between frames. */
  #interpolate(output: readonly Float32Array[], offset: number, count: number, frames: number): number {
    const { samples, channelCount, capacityFrames } = this.#ring;
    const end = this.#played + frames;
    const { step } = this.#reading;
    let made = 0;
    for (; made < count && this.#played < end; made++) {
      const base = this.#played;
      const factor = this.#factor(base) / sincWeights(this.#fraction, this.#weights);
      for (let channel = 0; channel < output.length; channel++) {
        let sum = 0;
        for (let i = 0; i < SINC_TAPS; i++) {
          // The last of what is there counts as its neighbours.
          const frame = Math.max(0, Math.min(base + 1 + i - SINC_TAPS / 2, end - 1));
          sum += (this.#weights[i] ?? 0) * (samples[(frame % capacityFrames) * channelCount + channel] ?? 0);
        }
        const plane = output[channel];
        if (plane) plane[offset + made] = sum * factor;
      }
      const next = this.#fraction + step;
      this.#played = Math.min(end, base + Math.floor(next));
      this.#fraction = step === 1 ? 0 : next - Math.floor(next);
    }
    this.#settle();
    return made;
  }

  #factor(frame: number): number {
    let segment = this.#segment;
    if (!segment || frame < segment.startFrame || frame >= segment.endFrame) {
      segment = segmentAt(this.timeline, frame);
      this.#segment = segment;
    }
    if (!segment) return 0;
    if (this.#gainOfFrame !== segment.startFrame) {
      this.#gainOfFrame = segment.startFrame;
      this.#gain = segment.gain;
    }
    // A gain that was changed in mid-song gets there without a click.
    const away = segment.gain - this.#gain;
    if (away !== 0) this.#gain = Math.abs(away) < 1e-4 ? segment.gain : this.#gain + away / GAIN_FRAMES;
    const edge = this.#playing && !this.#leaving ? 1 : 0;
    if (this.#edge !== edge) this.#edge = Math.min(1, Math.max(0, this.#edge + (edge * 2 - 1) / EDGE_FRAMES));
    const isPlain = segment.fadeInFrames === 0 && segment.fadeOutFrames === 0;
    return this.#gain * this.#edge * (isPlain ? 1 : fadeAt(segment, frame));
  }

  /** A timeline that was exchanged meanwhile is looked at afresh. */
  #settle(): void {
    this.#segment = undefined;
  }
}
