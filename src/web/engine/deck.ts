import type { DeckOptions, FromWorklet, Reading, ToWorklet } from './deck-message.ts';
import {
  CLOCK,
  createRing,
  PLAYED,
  putFrames,
  type Ring,
  SKIP_ASKED,
  SKIP_TO,
  SLACK_FRAMES,
  SOUNDING,
  UNDERRUNS,
  unwrap,
  WRITTEN,
} from './ring.ts';
import type { RateContext } from './rate-context.ts';
import { EMPTY_TIMELINE, type Timeline } from './timeline.ts';

/** Bound of decoded sound a deck holds: what a page that is busy for some seconds plays on. */
const RING_SECONDS = 10;
const RING_BYTES = 16 * 1024 * 1024;
/** A cut this near to what is being read would come too late. */
const CUT_MARGIN_SECONDS = 0.1;

export interface DeckMotion extends Pick<Reading, 'playing' | 'lineFrame' | 'untilFrame' | 'anew'> {
  readonly rate: number;
  readonly atFrame?: number | undefined;
}

/** Where a deck was, and when, in frames of its ring and of its context. */
interface Moment {
  readonly playedFrame: number;
  readonly contextFrame: number;
}

/**
 * One stream of PCM into one audio context: the writing end of a ring, and the node that reads it. It takes frames
 * at once, also while its context is still starting.
 */
export class Deck {
  readonly at: RateContext;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  writtenFrame = 0;
  readonly #ring: Ring;
  readonly #shared: boolean;
  readonly #onTold: () => void;
  #node: AudioWorkletNode | undefined;
  #waiting: ToWorklet[] = [];
  #played = 0;
  #timeline = JSON.stringify(EMPTY_TIMELINE);
  #motion = '';

  constructor(options: {
    readonly at: RateContext;
    readonly sampleRateHz: number;
    readonly channelCount: number;
    readonly onTold: () => void;
  }) {
    this.at = options.at;
    this.sampleRateHz = options.sampleRateHz;
    this.channelCount = options.channelCount;
    this.#onTold = options.onTold;
    this.#shared = globalThis.crossOriginIsolated;
    const bound = Math.floor(RING_BYTES / (this.channelCount * Float32Array.BYTES_PER_ELEMENT));
    const frames = Math.min(bound, RING_SECONDS * this.sampleRateHz) + SLACK_FRAMES;
    this.#ring = createRing(this.channelCount, frames, this.#shared);
    void this.at.ready.then((isReady) => isReady && this.#attach());
  }

  #attach(): void {
    const processorOptions: DeckOptions = { ...this.#ring, shared: this.#shared };
    const node = new AudioWorkletNode(this.at.context, 'clef-deck', {
      numberOfInputs: 0,
      outputChannelCount: [this.channelCount],
      processorOptions,
    });
    node.port.addEventListener('message', ({ data }: MessageEvent<FromWorklet>) => this.#hear(data));
    node.port.start();
    node.connect(this.at.output);
    this.#node = node;
    for (const message of this.#waiting.splice(0)) this.#send(message);
  }

  #hear({ words }: FromWorklet): void {
    if (words) {
      const { words: own } = this.#ring;
      for (const place of [PLAYED, CLOCK, UNDERRUNS, SOUNDING]) own[place] = words[place] ?? 0;
    }
    this.#onTold();
  }

  #send(message: ToWorklet): void {
    if (this.#node) this.#node.port.postMessage(message, transferred(message));
    else this.#waiting.push(message);
  }

  get playedFrame(): number {
    this.#played = Math.max(this.#played, unwrap(this.#played, Atomics.load(this.#ring.words, PLAYED)));
    return this.#played;
  }

  get freeFrames(): number {
    return this.#ring.capacityFrames - SLACK_FRAMES - (this.writtenFrame - this.playedFrame);
  }

  get underruns(): number {
    return Atomics.load(this.#ring.words, UNDERRUNS);
  }

  get isSounding(): boolean {
    const { words } = this.#ring;
    return Atomics.load(words, SKIP_ASKED) === 0 && Atomics.load(words, SOUNDING) === 1;
  }

  /** Both numbers of one quantum: it is read again where the reader was in between. */
  moment(): Moment {
    const { words } = this.#ring;
    const { playedFrame } = this;
    const clock = Atomics.load(words, CLOCK);
    const again = this.playedFrame;
    const now = this.at.context.currentTime * this.at.context.sampleRate;
    return again === playedFrame
      ? { playedFrame, contextFrame: unwrap(Math.round(now), clock) }
      : this.moment();
  }

  /** Interleaved frames that fit into `freeFrames`. */
  write(interleaved: Float32Array<ArrayBuffer>): void {
    const atFrame = this.writtenFrame;
    this.writtenFrame += interleaved.length / this.channelCount;
    if (this.#shared) {
      putFrames(this.#ring, atFrame, interleaved);
      Atomics.store(this.#ring.words, WRITTEN, this.writtenFrame | 0);
    } else this.#send({ kind: 'frames', atFrame, interleaved });
  }

  /** Goes on at a frame that was written, or at the next to be written. */
  skipTo(frame: number): void {
    // What sounds until the reader has seen this is not what was asked for.
    Atomics.store(this.#ring.words, SOUNDING, 0);
    if (this.#shared) {
      Atomics.store(this.#ring.words, SKIP_TO, frame | 0);
      Atomics.store(this.#ring.words, SKIP_ASKED, 1);
    } else this.#send({ kind: 'skip', frame });
    this.#played = Math.max(this.playedFrame, frame);
  }

  /** Takes back what was written from `frame` on; false where that is about to sound. */
  cut(frame: number): boolean {
    if (frame < this.playedFrame + CUT_MARGIN_SECONDS * this.sampleRateHz) return frame >= this.writtenFrame;
    this.writtenFrame = Math.min(this.writtenFrame, frame);
    if (this.#shared) Atomics.store(this.#ring.words, WRITTEN, this.writtenFrame | 0);
    else this.#send({ kind: 'written', frame: this.writtenFrame });
    return true;
  }

  setTimeline(timeline: Timeline): void {
    const text = JSON.stringify(timeline);
    if (text === this.#timeline) return;
    this.#timeline = text;
    this.#send({ kind: 'timeline', timeline });
  }

  /** `rate` 1 is the music's own; `atFrame` 0 is at once. */
  setMotion({ rate, atFrame = 0, ...motion }: DeckMotion): void {
    const step = (rate * this.sampleRateHz) / this.at.context.sampleRate;
    const reading = { ...motion, atFrame, step };
    const text = JSON.stringify(reading);
    if (text === this.#motion) return;
    this.#motion = text;
    this.#send({ kind: 'motion', ...reading });
  }

  close(): void {
    this.#node?.disconnect();
    this.#node?.port.close();
    this.#node = undefined;
  }
}

/** Frames that own their buffer go without a copy. */
function transferred(message: ToWorklet): ArrayBuffer[] {
  if (message.kind !== 'frames') return [];
  const { buffer, byteLength } = message.interleaved;
  return buffer.byteLength === byteLength ? [buffer] : [];
}
