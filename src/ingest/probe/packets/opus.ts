/** What Opus decodes to, whatever was recorded (RFC 7845 section 5.1). */
export const OPUS_RATE_HZ = 48_000;
/**
 * RFC 7845 section 4.6 asks for 80 ms. That is not enough to come out as in a linear decode: each frame of CELT
 * predicts its energies from half of those before, so that an error of 60 dB is under -80 dBFS after 17 frames.
 */
export const OPUS_PREROLL_SAMPLES = 19_200;
/** RFC 6716 section 3.2: no packet is longer than 120 ms. */
const LONGEST_PACKET_SAMPLES = 5_760;

/** In samples, by the upper five bits of a packet (RFC 6716 section 3.1, table 2). */
function frameSamples(configuration: number): number {
  if (configuration >= 16) return 120 << (configuration & 3);
  if (configuration >= 12) return 480 << (configuration & 1);
  return (configuration & 3) === 3 ? 2_880 : 480 << (configuration & 3);
}

/** Samples of a packet, by its first two bytes; undefined where it is none. */
export function opusPacketSamples(head: Uint8Array): number | undefined {
  const [first, second = 0] = head;
  if (first === undefined) return undefined;
  const code = first & 3;
  const frames = code === 0 ? 1 : code === 3 ? second & 0x3f : 2;
  const samples = frames * frameSamples(first >> 3);
  return samples > 0 && samples <= LONGEST_PACKET_SAMPLES ? samples : undefined;
}

export interface OpusStream {
  readonly channelCount: number;
  readonly preSkipSamples: number;
  /**
   * `OpusHead` with a pre-skip of 0: a decoder that takes the samples off by itself does so again after each seek
   * (Chromium's does).
   */
  readonly description: Uint8Array<ArrayBuffer>;
}

/** `OpusHead` (RFC 7845 section 5.1). */
export function parseOpusHead(head: Uint8Array): OpusStream | undefined {
  if (head.length < 19 || String.fromCharCode(...head.subarray(0, 8)) !== 'OpusHead') return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const channelCount = view.getUint8(9);
  if (view.getUint8(8) > 15 || channelCount === 0) return undefined;
  const description = Uint8Array.from(head);
  description.fill(0, 10, 12);
  return { channelCount, preSkipSamples: view.getUint16(10, true), description };
}
