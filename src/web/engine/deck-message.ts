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

export type ToWorklet =
  | { readonly kind: 'timeline'; readonly timeline: Timeline }
  /** `atFrame`: when to begin, in the context's frames; 0 for at once. */
  | { readonly kind: 'motion'; readonly playing: boolean; readonly atFrame: number; readonly step: number }
  /** The next three only where no memory is shared. */
  | { readonly kind: 'frames'; readonly atFrame: number; readonly interleaved: Float32Array<ArrayBuffer> }
  | { readonly kind: 'written'; readonly frame: number }
  | { readonly kind: 'skip'; readonly frame: number };

/** Sent when something begins or stops sounding, and ten times a second while it sounds. */
export interface FromWorklet {
  /** The ring's words, where no memory is shared. */
  readonly words?: Int32Array;
}
