import { type Bytes, ClefError, utf8 } from '../core/index.ts';
import {
  ByteCursor,
  ByteWriter,
  LARGEST_COLUMN_NUMBER,
  readColumn,
  readSparse,
  writeColumn,
  writeSparse,
} from './number-column.ts';
import type { PacketCodec, Packets, PacketTable, PcmFormat } from './packet-table.ts';

// docs/format.md, "Packet table v1".
const VERSION = 1;

/** In the order of their numbers. */
const CODECS: readonly PacketCodec[] = ['flac', 'mp3', 'aac', 'opus', 'vorbis', 'pcm'];
/** In the order of their numbers from 1; 0 is none. */
const PCM_FORMATS: readonly PcmFormat[] = [
  'u8',
  's16le',
  's24le',
  's32le',
  'f32le',
  'f64le',
  's16be',
  's24be',
  's32be',
];

/** A day of packets of 20 ms. */
export const MOST_PACKETS = 4_400_000;
const MOST_SPANS = 2 * MOST_PACKETS;
/** Setup headers of Vorbis are the largest, at some 8 KiB. */
export const LONGEST_DESCRIPTION_BYTES = 65_536;
const LONGEST_CODEC_STRING = 32;
const HIGHEST_SAMPLE_RATE_HZ = 16_777_215;
const MOST_CHANNELS = 255;
const MOST_PREROLL_PACKETS = 255;
/** Of one packet, in samples; and of one span, in bytes. */
export const LARGEST_PACKET = LARGEST_COLUMN_NUMBER;
/** As long as an asset can be. */
const LARGEST_OFFSET_BYTES = 2 ** 40;
const MOST_SAMPLES = MOST_PACKETS * LARGEST_PACKET;

/** Of one sample of one channel. */
export function pcmSampleBytes(format: PcmFormat): number {
  return Number(/\d+/.exec(format)?.[0]) / 8;
}

function malformed(what: string): ClefError {
  return new ClefError('malformed-asset', `a packet table ${what}`);
}

function differences(values: ArrayLike<number>): number[] {
  const steps: number[] = [];
  for (let i = 1; i < values.length; i++) steps.push((values[i] ?? 0) - (values[i - 1] ?? 0));
  return steps;
}

/** Indexes and numbers of those that are not 0. */
function sparse(values: readonly number[]): (readonly [number, number])[] {
  return values.flatMap((value, index) => (value === 0 ? [] : [[index, value] as const]));
}

/** What lies in the file before each span and after the one before it. */
function gapsOf({ spanOffsetBytes, spanLengthBytes }: Packets): number[] {
  let end = 0;
  return Array.from(spanOffsetBytes, (offset, i) => {
    const gap = offset - end;
    end = offset + (spanLengthBytes[i] ?? 0);
    return gap;
  });
}

function isIn(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

/** What a table must be so that a player can trust it; the first thing that it is not, else undefined. */
function faultOf(table: PacketTable): string | undefined {
  const { codec, codecString, description, pcmFormat, packets } = table;
  const { count, startSample, spanStart, spanOffsetBytes, spanLengthBytes } = packets;
  const spanCount = spanOffsetBytes.length;
  if (!/^[\x21-\x7e]{1,32}$/.test(codecString)) return 'has no codec string';
  if (description.length > LONGEST_DESCRIPTION_BYTES) return 'has too long a description';
  if ((codec === 'pcm') !== (pcmFormat !== undefined))
    return 'says how PCM lies, or does not, against its codec';
  if (!isIn(table.sampleRateHz, 1, HIGHEST_SAMPLE_RATE_HZ)) return 'has an impossible sample rate';
  if (!isIn(table.channelCount, 1, MOST_CHANNELS)) return 'has an impossible number of channels';
  if (!isIn(table.prerollPackets, 0, MOST_PREROLL_PACKETS)) return 'has too long a pre-roll';
  if (!isIn(count, 1, MOST_PACKETS) || spanCount < count || spanCount > MOST_SPANS)
    return 'has too few or too many packets';
  if (
    startSample.length !== count + 1 ||
    spanStart.length !== count + 1 ||
    spanLengthBytes.length !== spanCount ||
    startSample[0] !== 0 ||
    spanStart[0] !== 0 ||
    spanStart[count] !== spanCount
  )
    return 'does not hang together';
  const pcmBytes = pcmFormat === undefined ? 0 : pcmSampleBytes(pcmFormat) * table.channelCount;
  let endBytes = 0;
  for (let i = 0; i < count; i++) {
    const samples = (startSample[i + 1] ?? 0) - (startSample[i] ?? 0);
    const firstSpan = spanStart[i] ?? 0;
    const endSpan = spanStart[i + 1] ?? 0;
    if (!isIn(samples, 0, LARGEST_PACKET) || endSpan <= firstSpan || endSpan > spanCount)
      return 'has packets out of order';
    let packetBytes = 0;
    for (let span = firstSpan; span < endSpan; span++) {
      const offset = spanOffsetBytes[span] ?? -1;
      const lengthBytes = spanLengthBytes[span] ?? 0;
      if (!isIn(lengthBytes, 1, LARGEST_PACKET) || !isIn(offset, endBytes, LARGEST_OFFSET_BYTES))
        return 'has spans out of order';
      endBytes = offset + lengthBytes;
      packetBytes += lengthBytes;
    }
    if (pcmFormat !== undefined && packetBytes !== samples * pcmBytes) return 'has PCM of another length';
  }
  if (endBytes > LARGEST_OFFSET_BYTES) return 'has spans out of order';
  const total = startSample[count] ?? 0;
  if (!isIn(table.trimStartSamples, 0, total) || !isIn(table.sampleCount, 0, total - table.trimStartSamples))
    return 'promises more samples than its packets have';
  return undefined;
}

/** Throws `malformed-asset` for a table that `parsePacketTable` would not accept. */
export function encodePacketTable(table: PacketTable): Bytes {
  const fault = faultOf(table);
  if (fault !== undefined) throw malformed(fault);
  const { packets } = table;
  const writer = new ByteWriter();
  writer.byte(VERSION);
  writer.byte(CODECS.indexOf(table.codec));
  writer.byte(table.pcmFormat === undefined ? 0 : PCM_FORMATS.indexOf(table.pcmFormat) + 1);
  writer.byte(table.channelCount);
  writer.number(table.sampleRateHz);
  writer.number(table.trimStartSamples);
  writer.number(table.sampleCount);
  writer.number(table.prerollPackets);
  writer.blob(utf8(table.codecString));
  writer.blob(table.description);
  writer.number(packets.count);
  writeSparse(writer, sparse(differences(packets.spanStart).map((spans) => spans - 1)));
  writeSparse(writer, sparse(gapsOf(packets)));
  writeColumn(writer, differences(packets.startSample));
  writeColumn(writer, packets.spanLengthBytes);
  return writer.finish();
}

function readPackets(cursor: ByteCursor): Packets {
  const count = cursor.number(MOST_PACKETS);
  const further = readSparse(cursor, count, MOST_SPANS);
  const spanCount = further.reduce((total, [, spans]) => total + spans, count);
  if (spanCount > MOST_SPANS) throw malformed('has too few or too many packets');
  const gaps = readSparse(cursor, spanCount, LARGEST_OFFSET_BYTES);
  const samples = readColumn(cursor, count, LARGEST_PACKET);
  const spanLengthBytes = readColumn(cursor, spanCount, LARGEST_PACKET);
  const startSample = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) startSample[i + 1] = (startSample[i] ?? 0) + (samples[i] ?? 0);
  const spanStart = new Uint32Array(count + 1).fill(1, 1);
  for (const [index, spans] of further) spanStart[index + 1] = spans + 1;
  for (let i = 0; i < count; i++) spanStart[i + 1] = (spanStart[i] ?? 0) + (spanStart[i + 1] ?? 0);
  const spanOffsetBytes = new Float64Array(spanCount);
  for (const [index, gap] of gaps) spanOffsetBytes[index] = gap;
  let end = 0;
  for (let i = 0; i < spanCount; i++) {
    const offset = end + (spanOffsetBytes[i] ?? 0);
    spanOffsetBytes[i] = offset;
    end = offset + (spanLengthBytes[i] ?? 0);
  }
  return { count, startSample, spanStart, spanOffsetBytes, spanLengthBytes };
}

/**
 * Believes nothing of the bytes: throws `malformed-asset`, or `unsupported-format` for another version, before it
 * allocates for what is not there. That spans lie inside of their file is for the caller, who knows its length.
 */
export function parsePacketTable(bytes: Uint8Array): PacketTable {
  const cursor = new ByteCursor(bytes);
  const version = cursor.byte();
  if (version !== VERSION)
    throw new ClefError('unsupported-format', `a packet table of version ${version}, expected ${VERSION}`);
  const codec = CODECS[cursor.byte()];
  const pcm = cursor.byte();
  const pcmFormat = PCM_FORMATS[pcm - 1];
  if (codec === undefined || (pcm > 0 && pcmFormat === undefined)) throw malformed('is of an unknown codec');
  const channelCount = cursor.byte();
  const sampleRateHz = cursor.number(HIGHEST_SAMPLE_RATE_HZ);
  const trimStartSamples = cursor.number(MOST_SAMPLES);
  const sampleCount = cursor.number(MOST_SAMPLES);
  const prerollPackets = cursor.number(MOST_PREROLL_PACKETS);
  const name = cursor.blob(LONGEST_CODEC_STRING);
  const table: PacketTable = {
    codec,
    codecString: String.fromCharCode(...name),
    description: cursor.blob(LONGEST_DESCRIPTION_BYTES),
    ...(pcmFormat !== undefined && { pcmFormat }),
    sampleRateHz,
    channelCount,
    trimStartSamples,
    sampleCount,
    prerollPackets,
    packets: readPackets(cursor),
  };
  const fault = cursor.leftBytes > 0 ? 'goes on behind its end' : faultOf(table);
  if (fault !== undefined) throw malformed(fault);
  return table;
}
