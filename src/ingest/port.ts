import type { AudioProperties, TrackTags } from '../catalog/index.ts';
import type { Bytes } from '../core/index.ts';
import type { PacketTable } from '../playback/index.ts';

/** A media file that stays open and in place while it is read. */
export interface ReadableMedia {
  readonly lengthBytes: number;
  /** Exactly `lengthBytes` bytes, or fewer only at the end of the file. */
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>;
}

export interface CoverImage {
  readonly bytes: Bytes;
  /** From its first bytes, not from what the tag says. */
  readonly mediaType: string;
}

/** What a media file says about itself. */
export interface ProbedMedia {
  readonly tags: TrackTags;
  readonly audio: AudioProperties;
  readonly cover?: CoverImage;
  /** The file ends before the audio that it announces. */
  readonly isCutShort: boolean;
}

/**
 * Reads tags and audio properties of files that may be hostile. One that cannot be understood rejects with
 * `media-unreadable`, one that takes more time or memory than allowed with `media-too-costly`; neither harms
 * the next call. Calls may overlap and wait for one another. What it answers keeps the bounds of `TrackTags`.
 */
export interface MediaProbe extends AsyncDisposable {
  probe(media: ReadableMedia, signal?: AbortSignal): Promise<ProbedMedia>;

  /**
   * Reads the whole file, once. Undefined where there is no exact table to be had: a format that browsers do not
   * decode, or damage. Every span lies inside of the file. Rejects as `probe` does.
   */
  packetTable(media: ReadableMedia, signal?: AbortSignal): Promise<PacketTable | undefined>;
}
