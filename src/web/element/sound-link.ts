import type { EngineFault } from '../engine/port.ts';

/** Where an element finds its music. A port: behind it a service worker decrypts. */
export interface SoundLink {
  /** Answered with the track's bytes, of whichever format this browser plays. */
  address(trackId: string): string;
  /** What keeps a track from being answered; undefined when nothing does any more. Answers the unsubscriber. */
  onFault(listener: (trackId: string, fault: EngineFault | undefined) => void): () => void;
}
