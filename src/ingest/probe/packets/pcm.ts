import { type PacketTable, pcmSampleBytes, type PcmFormat } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { PacketList } from './packet-list.ts';

/** Samples of one packet: as many as others have, and always whole. */
const PACKET_SAMPLES = 4_096;
/** A file has few parts; one that has more is none of ours. */
const MOST_PARTS = 1_000;
/** What an encoder writes that cannot go back to fill in a size. */
const UNKNOWN_SIZE = 0xffffffff;

const WAVE_PCM = 1;
const WAVE_FLOAT = 3;
const WAVE_EXTENSIBLE = 0xfffe;

interface PcmLayout {
  readonly pcmFormat: PcmFormat;
  readonly sampleRateHz: number;
  readonly channelCount: number;
}

interface Part {
  readonly name: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

/** The parts of a RIFF or IFF file; a size beyond the end is cut to what is there. */
async function readParts(reader: ByteReader, startBytes: number, isLittleEndian: boolean): Promise<Part[]> {
  const parts: Part[] = [];
  for (let offset = startBytes + 12; offset + 8 <= reader.lengthBytes && parts.length < MOST_PARTS; ) {
    const header = viewOf(await reader.read(offset, 8));
    const name = text(header, 0);
    const left = reader.lengthBytes - offset - 8;
    let lengthBytes = header.getUint32(4, isLittleEndian);
    if (lengthBytes === UNKNOWN_SIZE) lengthBytes = left;
    parts.push({ name, offsetBytes: offset + 8, lengthBytes: Math.min(lengthBytes, left) });
    offset += 8 + lengthBytes + (lengthBytes % 2);
  }
  return parts;
}

function tableOf(layout: PcmLayout, offsetBytes: number, lengthBytes: number): PacketTable | undefined {
  const frameBytes = pcmSampleBytes(layout.pcmFormat) * layout.channelCount;
  const sampleCount = Math.floor(lengthBytes / frameBytes);
  const list = new PacketList();
  for (let start = 0; start < sampleCount; start += PACKET_SAMPLES) {
    const samples = Math.min(PACKET_SAMPLES, sampleCount - start);
    list.add(offsetBytes + start * frameBytes, samples * frameBytes, samples);
  }
  const packets = list.finish();
  return (
    packets && {
      codec: 'pcm',
      codecString: 'pcm',
      description: new Uint8Array(0),
      ...layout,
      trimStartSamples: 0,
      sampleCount,
      prerollPackets: 0,
      packets,
    }
  );
}

const WAVE_FORMATS: Readonly<Record<string, PcmFormat>> = {
  '1-1': 'u8',
  '1-2': 's16le',
  '1-3': 's24le',
  '1-4': 's32le',
  '3-4': 'f32le',
  '3-8': 'f64le',
};

/** `fmt ` of a wave file; undefined where it is compressed. */
function parseWaveFormat(view: DataView): PcmLayout | undefined {
  if (view.byteLength < 16) return undefined;
  const isExtensible = view.getUint16(0, true) === WAVE_EXTENSIBLE && view.byteLength >= 26;
  // The sub-format's GUID begins with the same number.
  const tag = isExtensible ? view.getUint16(24, true) : view.getUint16(0, true);
  const channelCount = view.getUint16(2, true);
  const frameBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const sampleBytes = Math.ceil(bits / 8);
  const pcmFormat =
    tag === WAVE_PCM || tag === WAVE_FLOAT ? WAVE_FORMATS[`${tag}-${sampleBytes}`] : undefined;
  if (pcmFormat === undefined || channelCount === 0 || frameBytes !== channelCount * sampleBytes)
    return undefined;
  return { pcmFormat, sampleRateHz: view.getUint32(4, true), channelCount };
}

/** PCM of 8, 16, 24 and 32 bits and floating point. */
export async function tabulateWave(reader: ByteReader, startBytes: number): Promise<PacketTable | undefined> {
  const parts = await readParts(reader, startBytes, true);
  const format = parts.find(({ name }) => name === 'fmt ');
  const data = parts.find(({ name }) => name === 'data');
  if (!format || !data) return undefined;
  const layout = parseWaveFormat(
    viewOf(await reader.read(format.offsetBytes, Math.min(format.lengthBytes, 40))),
  );
  return layout && tableOf(layout, data.offsetBytes, data.lengthBytes);
}

const AIFF_FORMATS: Readonly<Record<string, PcmFormat>> = {
  'NONE-2': 's16be',
  'NONE-3': 's24be',
  'NONE-4': 's32be',
  'twos-2': 's16be',
  'in24-3': 's24be',
  'in32-4': 's32be',
  'sowt-2': 's16le',
  'sowt-3': 's24le',
  'sowt-4': 's32le',
};

/** An 80-bit IEEE 754 number, which is how AIFF writes a rate. */
function readExtended(view: DataView, offset: number): number {
  const exponent = (view.getUint16(offset) & 0x7fff) - 16_383 - 31;
  return Math.round(view.getUint32(offset + 2) * 2 ** exponent);
}

/** AIFF and AIFF-C with integers of 16 bits and more. */
export async function tabulateAiff(reader: ByteReader, startBytes: number): Promise<PacketTable | undefined> {
  const parts = await readParts(reader, startBytes, false);
  const common = parts.find(({ name }) => name === 'COMM');
  const data = parts.find(({ name }) => name === 'SSND');
  if (!common || !data || common.lengthBytes < 18 || data.lengthBytes < 8) return undefined;
  const view = viewOf(await reader.read(common.offsetBytes, Math.min(common.lengthBytes, 22)));
  const compression = view.byteLength >= 22 ? text(view, 18) : 'NONE';
  const pcmFormat = AIFF_FORMATS[`${compression}-${Math.ceil(view.getUint16(6) / 8)}`];
  const channelCount = view.getUint16(0);
  if (pcmFormat === undefined || channelCount === 0) return undefined;
  const skipped = 8 + viewOf(await reader.read(data.offsetBytes, 4)).getUint32(0);
  const layout = { pcmFormat, sampleRateHz: readExtended(view, 8), channelCount };
  const announced = view.getUint32(2) * pcmSampleBytes(pcmFormat) * channelCount;
  const present = Math.max(0, data.lengthBytes - skipped);
  return tableOf(layout, data.offsetBytes + skipped, Math.min(announced, present));
}
