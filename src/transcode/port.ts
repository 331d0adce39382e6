/** FLAC for what was lossless, bit for bit; Opus for the rest. */
export type RenditionKind = 'flac' | 'opus';

export interface TranscodeInput {
  readonly lengthBytes: number;
  /** In order, once; each piece is valid until the next is asked for. */
  readonly plaintext: AsyncIterable<Uint8Array>;
  /** What the listener can decode, at least one. */
  readonly kinds: readonly RenditionKind[];
  readonly signal: AbortSignal;
}

/** The same music in another format, in memory until it is disposed of. */
export interface Rendition extends AsyncDisposable {
  readonly kind: RenditionKind;
  /** IANA media type. */
  readonly mediaType: string;
  readonly lengthBytes: number;
  /** Exactly `lengthBytes` bytes, or fewer only at the end. */
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>;
}

/**
 * Decodes and encodes files that may be hostile. Lossless music becomes FLAC where that is among `kinds`, other
 * music Opus, each the other where it is not. Tags and pictures are left out. No plaintext reaches a disk, and
 * nothing is left behind by a failure, an abort or a kill. Rejects with `media-unreadable` for what holds no music,
 * `media-too-costly` for what takes more time or memory than is allowed, `transcoder-missing` where this machine
 * has none, and `not-ready` where memory is short for the moment. Calls may overlap.
 */
export interface Transcoder {
  transcode(input: TranscodeInput): Promise<Rendition>;
}
