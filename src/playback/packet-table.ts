import type { Bytes } from '../core/index.ts';

/** What an `AudioDecoder` is configured with; `pcm` is decoded by the player itself. */
export type PacketCodec = 'flac' | 'mp3' | 'aac' | 'opus' | 'vorbis' | 'pcm';

/** How PCM samples lie in the file; interleaved. */
export type PcmFormat = 'u8' | 's16le' | 's24le' | 's32le' | 'f32le' | 'f64le' | 's16be' | 's24be' | 's32be';

/**
 * Where every audio packet of a file lies, and which samples of the decoder's output are the music: enough for
 * a player to decode from any place in one round trip, exact to the sample. Times are in samples of
 * `sampleRateHz`, the rate that the decoder puts out.
 */
export interface PacketTable {
  readonly codec: PacketCodec;
  /** WebCodecs codec string: `flac`, `mp3`, `mp4a.40.2`, `opus`, `vorbis`, `pcm`. */
  readonly codecString: string;
  /** `AudioDecoderConfig.description` where the codec needs one; empty otherwise. */
  readonly description: Bytes;
  /** Of codec `pcm` alone. */
  readonly pcmFormat?: PcmFormat;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** Samples that the decoder puts out before the music begins: encoder delay, pre-skip. */
  readonly trimStartSamples: number;
  /** Samples of music, per channel: what follows after that many is padding. */
  readonly sampleCount: number;
  /** Packets to be decoded, and thrown away, before one that is sought: AAC and Vorbis 1, MP3 as far as its reservoir reaches, Opus 400 ms, others 0. */
  readonly prerollPackets: number;
  readonly packets: Packets;
}

/**
 * A structure of arrays, `count` long. A packet that is cut in two in its file, as Ogg pages do, has more than one
 * span: packet i's are spans [spanStart[i], spanStart[i + 1]) in order, joined before they are decoded.
 */
export interface Packets {
  readonly count: number;
  /** When its output begins, from the decoder's first sample; `count + 1` long, the last is the end. */
  readonly startSample: Float64Array;
  /** `count + 1` long. */
  readonly spanStart: Uint32Array;
  /** Bytes from the start of the plaintext. */
  readonly spanOffsetBytes: Float64Array;
  readonly spanLengthBytes: Uint32Array;
}
