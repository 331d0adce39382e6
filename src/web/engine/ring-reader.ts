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
  #playing = false;
  #atFrame = 0;
  #step = 1;
  /** Of the segment that sounds, on its way to what the timeline says. */
  #gain = 0;
  #gainOfFrame = Number.NaN;
  #segment: Segment | undefined;
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

  move({ playing, atFrame, step }: { playing: boolean; atFrame: number; step: number }): void {
    this.#playing = playing;
    this.#atFrame = atFrame;
    this.#step = step;
  }

  /** Fills one quantum that begins at the context's `clock`; true where sound began or broke off. */
  read(output: readonly Float32Array[], clock: number): boolean {
    const { words } = this.#ring;
    if (Atomics.exchange(words, SKIP_ASKED, 0) === 1)
      this.#skipTo(unwrap(this.#played, Atomics.load(words, SKIP_TO)));
    const length = output[0]?.length ?? 0;
    const offset = Math.max(0, Math.min(length, this.#atFrame - clock));
    const sounded = this.#sounding;
    const made = this.#playing || this.#edge > 0 ? this.#fill(output, offset, length) : 0;
    const begun = this.#playing && offset < length;
    // A pause in which nothing was left to fade: what comes later is not its rest.
    if (made === 0 && !this.#playing) this.#edge = 0;
    this.#sounding = made > 0;
    if (sounded && begun && made === 0) this.#breakOff();
    Atomics.store(words, SOUNDING, this.#sounding ? 1 : 0);
    Atomics.store(words, PLAYED, this.#played | 0);
    Atomics.store(words, CLOCK, (clock + length) | 0);
    return sounded !== this.#sounding;
  }

  #skipTo(frame: number): void {
    if (frame < this.#played) return;
    this.#played = frame;
    this.#fraction = 0;
    this.#sounding = false;
    this.#wasUnderrun = false;
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
    return this.#step === 1 && this.#fraction === 0
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

  /** Another rate: a cubic through four frames (Catmull-Rom). The last of what is there counts as its neighbour. */
  #interpolate(output: readonly Float32Array[], offset: number, count: number, frames: number): number {
    const { samples, channelCount, capacityFrames } = this.#ring;
    const sample = (frame: number, channel: number) =>
      samples[(Math.max(0, frame) % capacityFrames) * channelCount + channel] ?? 0;
    const end = this.#played + frames;
    let made = 0;
    for (; made < count && this.#played < end; made++) {
      const factor = this.#factor(this.#played);
      const t = this.#fraction;
      const base = this.#played;
      const after = Math.min(base + 1, end - 1);
      const beyond = Math.min(base + 2, end - 1);
      for (let channel = 0; channel < output.length; channel++) {
        const p0 = sample(base - 1, channel);
        const p1 = sample(base, channel);
        const p2 = sample(after, channel);
        const p3 = sample(beyond, channel);
        const cubic =
          p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
        const plane = output[channel];
        if (plane) plane[offset + made] = cubic * factor;
      }
      const next = t + this.#step;
      this.#played = Math.min(end, base + Math.floor(next));
      this.#fraction = this.#step === 1 ? 0 : next - Math.floor(next);
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
    const edge = this.#playing ? 1 : 0;
    if (this.#edge !== edge) this.#edge = Math.min(1, Math.max(0, this.#edge + (edge * 2 - 1) / EDGE_FRAMES));
    const isPlain = segment.fadeInFrames === 0 && segment.fadeOutFrames === 0;
    return this.#gain * this.#edge * (isPlain ? 1 : fadeAt(segment, frame));
  }

  /** A timeline that was exchanged meanwhile is looked at afresh. */
  #settle(): void {
    this.#segment = undefined;
  }
}
