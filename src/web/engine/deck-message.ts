import type { Timeline } from './timeline.ts';

/** What a deck is built with, in the audio thread. */
export interface DeckOptions {
  /** Ring of the same name; its buffers are shared, or copies that messages keep in step. */
  readonly words: Int32Array;
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly capacityFrames: number;
  readonly shared: boolean;
}

/** How a ring is to be read. */
export interface Reading {
  readonly playing: boolean;
  /** When to begin, in the context's frames; 0 for at once. */
  readonly atFrame: number;
  /** Frames of the ring for one of the context. */
  readonly step: number;
  /**
   * The ring's frame that belongs to `atFrame`, and may have a fraction. What begins, at first or after it broke off, then begins
   * on that line: what has passed is left out, what is to come is waited for. Undefined: wherever the reader is.
   */
  readonly lineFrame?: number | undefined;
  /** When to fall silent, with a short fade, in the context's frames. */
  readonly untilFrame?: number | undefined;
  /** It breaks off with a short fade, to begin anew. */
  readonly anew?: boolean | undefined;
}

export type ToWorklet =
  | { readonly kind: 'timeline'; readonly timeline: Timeline }
  | ({ readonly kind: 'motion' } & Reading)
  /** The next three only where no memory is shared. */
  | { readonly kind: 'frames'; readonly atFrame: number; readonly interleaved: Float32Array<ArrayBuffer> }
  | { readonly kind: 'written'; readonly frame: number }
  | { readonly kind: 'skip'; readonly frame: number };

/** Sent when something begins or stops sounding, and ten times a second while it sounds. */
export interface FromWorklet {
  /** The ring's words, where no memory is shared. */
  readonly words?: Int32Array;
}
