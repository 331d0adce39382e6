import { utf8 } from '../../../core/index.ts';
import { boxesIn, childOf, subView } from './mp4-boxes.ts';
import { OPUS_PREROLL_SAMPLES, OPUS_RATE_HZ } from './opus.ts';
import { parseStreamInfo } from './flac.ts';
import type { PacketCodec } from '../../../playback/index.ts';

/** What a sample entry says of its packets, called samples there. */
export interface Mp4Codec {
  readonly codec: PacketCodec;
  readonly codecString: string;
  readonly description: Uint8Array<ArrayBuffer>;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  /** Of each packet; absent where they differ and the sample table tells. */
  readonly packetSamples?: number;
  /** How much of the output the pre-roll before a packet must cover; at least that one packet, where not 0. */
  readonly prerollSamples: number;
}

/** From which rate on a plain AudioSpecificConfig can be believed; spectral band replication doubles lower ones. */
const LEAST_PLAIN_AAC_HZ = 32_000;
const AAC_RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const AAC_PACKET_SAMPLES = 1_024;
/** ISO/IEC 14496-1 table 5: MPEG-4 AAC, and low complexity as MPEG-2 called it. */
const AAC_OBJECTS: ReadonlySet<number> = new Set([0x40, 0x67]);

class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      value = value * 2 + (((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}

/**
 * AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) of plain low complexity. Others, and rates that a decoder
 * may find doubled without being told here, have no table: how much they put out is not known before decoding.
 */
export function parseAudioSpecificConfig(config: Uint8Array): Mp4Codec | undefined {
  const bits = new Bits(config);
  if (bits.read(5) !== 2) return undefined;
  const rateIndex = bits.read(4);
  const sampleRateHz = rateIndex === 15 ? bits.read(24) : AAC_RATES_HZ[rateIndex];
  const layout = bits.read(4);
  const isShort = bits.read(1) === 1;
  const dependsOnCore = bits.read(1) === 1;
  const isExtended = bits.read(1) === 1;
  if (sampleRateHz === undefined || sampleRateHz === 0 || layout === 0 || layout > 7) return undefined;
  if (isShort || dependsOnCore || isExtended) return undefined;
  // The extension that says whether there is spectral band replication.
  const isTold = bits.read(11) === 0x2b7 && bits.read(5) === 5;
  const isReplicated = isTold && bits.read(1) === 1;
  if (isReplicated || (!isTold && sampleRateHz < LEAST_PLAIN_AAC_HZ)) return undefined;
  return {
    codec: 'aac',
    codecString: 'mp4a.40.2',
    description: Uint8Array.from(config),
    sampleRateHz,
    channelCount: layout === 7 ? 8 : layout,
    packetSamples: AAC_PACKET_SAMPLES,
    prerollSamples: AAC_PACKET_SAMPLES,
  };
}

/** A descriptor's body and what follows it (ISO/IEC 14496-1 section 8.3.3): lengths of 7 bits a byte, the highest first. */
function readDescriptor(
  view: DataView,
  from: number,
): { tag: number; body: DataView; end: number } | undefined {
  if (from + 2 > view.byteLength) return undefined;
  let at = from + 1;
  let lengthBytes = 0;
  for (let i = 0; i < 4 && at < view.byteLength; i++) {
    const byte = view.getUint8(at++);
    lengthBytes = lengthBytes * 128 + (byte & 0x7f);
    if (byte < 0x80) break;
  }
  if (at + lengthBytes > view.byteLength) return undefined;
  return { tag: view.getUint8(from), body: subView(view, at, lengthBytes), end: at + lengthBytes };
}

function findDescriptor(view: DataView, from: number, tag: number): DataView | undefined {
  for (let at = from; ; ) {
    const found = readDescriptor(view, at);
    if (!found) return undefined;
    if (found.tag === tag) return found.body;
    at = found.end;
  }
}

/** `esds`: the stream's descriptor (3) holds the decoder's (4), which holds the AudioSpecificConfig (5). */
function parseEsds(esds: DataView): Mp4Codec | undefined {
  const stream = findDescriptor(esds, 4, 3);
  if (!stream || stream.byteLength < 3) return undefined;
  const flags = stream.getUint8(2);
  const urlAt = 3 + (flags & 0x80 ? 2 : 0);
  const urlBytes = flags & 0x40 && urlAt < stream.byteLength ? 1 + stream.getUint8(urlAt) : 0;
  const decoder = findDescriptor(stream, urlAt + urlBytes + (flags & 0x20 ? 2 : 0), 4);
  if (!decoder || decoder.byteLength < 13 || !AAC_OBJECTS.has(decoder.getUint8(0))) return undefined;
  const config = findDescriptor(decoder, 13, 5);
  return config && parseAudioSpecificConfig(bytesOf(config));
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** `dfLa` (https://github.com/xiph/flac/blob/master/doc/isoflac.txt): metadata blocks, of which STREAMINFO is the first. */
function parseDfla(dfla: DataView): Mp4Codec | undefined {
  if (dfla.byteLength < 8 || (dfla.getUint8(4) & 0x7f) !== 0) return undefined;
  const stream = parseStreamInfo(bytesOf(subView(dfla, 8)));
  return stream && { ...stream, codec: 'flac', codecString: 'flac', prerollSamples: 0 };
}

/** `dOps` (https://opus-codec.org/docs/opus_in_isobmff.html) as the `OpusHead` that decoders know, without its pre-skip. */
function parseDops(dops: DataView): Mp4Codec | undefined {
  if (dops.byteLength < 11 || dops.getUint8(0) !== 0 || dops.getUint8(1) === 0) return undefined;
  const description = new Uint8Array(8 + dops.byteLength);
  description.set(utf8('OpusHead'));
  description.set(bytesOf(dops), 8);
  const view = new DataView(description.buffer);
  view.setUint8(8, 1);
  // The edit list has it; a decoder would take it off again after each seek.
  view.setUint16(10, 0);
  view.setUint32(12, dops.getUint32(4), true);
  view.setInt16(16, dops.getInt16(8), true);
  return {
    codec: 'opus',
    codecString: 'opus',
    description,
    sampleRateHz: OPUS_RATE_HZ,
    channelCount: dops.getUint8(1),
    prerollSamples: OPUS_PREROLL_SAMPLES,
  };
}

/** `stsd` with one entry of a codec that browsers decode; undefined for all else, protected streams among it. */
export function parseSampleDescription(stsd: DataView): Mp4Codec | undefined {
  if (stsd.byteLength < 8 || stsd.getUint32(4) !== 1) return undefined;
  const [entry] = boxesIn(stsd, 8);
  if (!entry || entry.body.byteLength < 28) return undefined;
  const { type, body } = entry;
  // QuickTime's versions of the entry have more fields before the boxes, and wrap `esds` once more.
  const version = body.getUint16(8);
  const boxesAt = 28 + (version === 1 ? 16 : version === 2 ? 36 : 0);
  switch (type) {
    case 'mp4a': {
      const wave = childOf(body, 'wave', boxesAt);
      const esds = childOf(body, 'esds', boxesAt) ?? (wave && childOf(wave, 'esds'));
      return esds && parseEsds(esds);
    }
    case 'fLaC': {
      const dfla = childOf(body, 'dfLa', boxesAt);
      return dfla && parseDfla(dfla);
    }
    case 'Opus': {
      const dops = childOf(body, 'dOps', boxesAt);
      return dops && parseDops(dops);
    }
    default:
      return undefined;
  }
}
