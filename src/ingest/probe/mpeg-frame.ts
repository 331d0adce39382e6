/** One MPEG audio (ISO/IEC 11172-3, 13818-3) or ADTS (ISO/IEC 13818-7) frame, from its header. */
export interface MpegFrame {
  readonly codec: 'mp1' | 'mp2' | 'mp3' | 'aac';
  readonly lengthBytes: number;
  readonly sampleCount: number;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** Header, checksum and side information, after which an encoder may have put its Xing or Info table. */
  readonly tableOffsetBytes: number;
}

export const MPEG_HEADER_BYTES = 7;

// kbit/s by (MPEG 1 or 2/2.5, layer, index); 0 is the free format, which nobody uses.
const KBPS: Readonly<Record<string, readonly number[]>> = {
  'v1-l1': [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  'v1-l2': [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  'v1-l3': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  'v2-l1': [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  'v2-l2': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  'v2-l3': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const SAMPLE_RATES_HZ = [44_100, 48_000, 32_000];
const AAC_RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

function parseAdts(bytes: Uint8Array, offset: number): MpegFrame | undefined {
  const at = (i: number): number => bytes[offset + i] ?? 0;
  const sampleRateHz = AAC_RATES_HZ[(at(2) >> 2) & 0x0f];
  const lengthBytes = ((at(3) & 0x03) << 11) | (at(4) << 3) | (at(5) >> 5);
  if (sampleRateHz === undefined || lengthBytes < 8) return undefined;
  const layout = ((at(2) & 0x01) << 2) | (at(3) >> 6);
  return {
    codec: 'aac',
    lengthBytes,
    sampleCount: 1024 * ((at(6) & 0x03) + 1),
    sampleRateHz,
    channelCount: layout === 7 ? 8 : layout === 0 ? 2 : layout,
    tableOffsetBytes: lengthBytes,
  };
}

/** Undefined where no frame starts at the offset, or fewer than `MPEG_HEADER_BYTES` bytes are left. */
export function parseMpegFrame(bytes: Uint8Array, offset: number): MpegFrame | undefined {
  if (offset + MPEG_HEADER_BYTES > bytes.length || bytes[offset] !== 0xff) return undefined;
  const second = bytes[offset + 1] ?? 0;
  const third = bytes[offset + 2] ?? 0;
  const fourth = bytes[offset + 3] ?? 0;
  if ((second & 0xf6) === 0xf0) return parseAdts(bytes, offset);
  const version = (second >> 3) & 0x03;
  const layer = 4 - ((second >> 1) & 0x03);
  if ((second & 0xe0) !== 0xe0 || version === 1 || layer === 4) return undefined;
  const isFirst = version === 3;
  const kbps = KBPS[`${isFirst ? 'v1' : 'v2'}-l${layer}`]?.[third >> 4];
  const base = SAMPLE_RATES_HZ[(third >> 2) & 0x03];
  if (!kbps || base === undefined) return undefined;
  const sampleRateHz = isFirst ? base : version === 2 ? base / 2 : base / 4;
  const sampleCount = layer === 1 ? 384 : layer === 2 || isFirst ? 1152 : 576;
  const padding = (third >> 1) & 0x01;
  const slotBytes = layer === 1 ? 4 : 1;
  const slots = Math.floor((sampleCount / 8 / slotBytes) * ((kbps * 1000) / sampleRateHz));
  const channelCount = fourth >> 6 === 3 ? 1 : 2;
  const sideInfoBytes = isFirst ? (channelCount === 1 ? 17 : 32) : channelCount === 1 ? 9 : 17;
  return {
    codec: layer === 1 ? 'mp1' : layer === 2 ? 'mp2' : 'mp3',
    lengthBytes: (slots + padding) * slotBytes,
    sampleCount,
    sampleRateHz,
    channelCount,
    tableOffsetBytes: 4 + sideInfoBytes,
  };
}

/**
 * How many bytes of its data an MP3 frame has, and how many of those before it it makes use of (main_data_begin,
 * ISO/IEC 11172-3 section 2.4.1.7). `at` is where the header starts.
 */
export function mp3Reservoir(
  frame: MpegFrame,
  bytes: Uint8Array,
  at: number,
): { readonly ownBytes: number; readonly borrowedBytes: number } {
  const hasChecksum = ((bytes[at + 1] ?? 0) & 1) === 0;
  const sideInfo = at + 4 + (hasChecksum ? 2 : 0);
  const first = bytes[sideInfo] ?? 0;
  const borrowedBytes = frame.sampleCount === 1152 ? (first << 1) | ((bytes[sideInfo + 1] ?? 0) >> 7) : first;
  return { ownBytes: frame.lengthBytes - frame.tableOffsetBytes - (hasChecksum ? 2 : 0), borrowedBytes };
}

/** Frames of one stream agree in this; what follows by chance does not. */
export function isSameStream(a: MpegFrame, b: MpegFrame): boolean {
  return a.codec === b.codec && a.sampleRateHz === b.sampleRateHz;
}
