import type { PacketTable } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { parseFlacFrame } from '../flac-frame.ts';
import { flacTable, parseStreamInfo } from './flac.ts';
import { OggFault, type OggPacket, readOggPackets, readPacketBytes } from './ogg-packets.ts';
import {
  OPUS_PREROLL_SAMPLES,
  OPUS_RATE_HZ,
  opusPacketSamples,
  type OpusStream,
  parseOpusHead,
} from './opus.ts';
import { PacketList } from './packet-list.ts';
import {
  isVorbisHeader,
  LONGEST_VORBIS_SETUP_BYTES,
  parseVorbisId,
  readVorbisModes,
  VORBIS_ID_BYTES,
  vorbisBlockSamples,
  vorbisDescription,
} from './vorbis.ts';

const LONGEST_OPUS_HEAD_BYTES = 19 + 2 + 255;
/** Mapping of packets to `fLaC` and STREAMINFO (https://xiph.org/flac/ogg_mapping.html). */
const OGG_FLAC_BYTES = 9 + 4 + 4 + 34;

type OggPackets = AsyncIterator<OggPacket, void>;

function addPacket(list: PacketList, { spans }: OggPacket, sampleCount: number): void {
  for (const { offsetBytes, lengthBytes } of spans) list.addSpan(offsetBytes, lengthBytes);
  list.endPacket(sampleCount);
}

interface Gathered {
  readonly list: PacketList;
  /** Samples before the first that the granules count. */
  readonly trimmedSamples: number;
  /** Where the granules end the music, in samples of the list. */
  readonly endSample: number;
}

/**
 * The rest of the packets, whose samples the codec tells. A page's granule says how many there are up to its end:
 * on the first page fewer are missing at the start, on the last at the end, and in between it is believed but
 * takes nothing off (as libvorbis does in vorbis_synthesis_blockin; encoders were wrong by half a block).
 */
async function gather(
  packets: OggPackets,
  samplesOf: (packet: OggPacket) => number | undefined,
): Promise<Gathered | undefined> {
  const list = new PacketList();
  /** What the granule before the last was ahead of the samples then, and the last one. */
  let aheadBefore: number | undefined;
  let ahead: number | undefined;
  let trimmedSamples = 0;
  let atGranule = 0;
  for (let next = await packets.next(); !next.done; next = await packets.next()) {
    const packet = next.value;
    // An empty packet only ends its stream.
    const samples = packet.lengthBytes === 0 ? 0 : samplesOf(packet);
    if (samples === undefined) return undefined;
    addPacket(list, packet, samples);
    if (packet.granule === undefined) continue;
    if (ahead !== undefined && aheadBefore === undefined) trimmedSamples = Math.max(0, -ahead);
    aheadBefore = ahead;
    ahead = packet.granule - list.sampleCount;
    atGranule = list.sampleCount;
  }
  if (ahead === undefined) return undefined;
  // One page of music is first and last: what it lacks is missing at its end.
  const isShort = ahead < (aheadBefore ?? 0);
  return {
    list,
    trimmedSamples,
    endSample: isShort ? atGranule + ahead - (aheadBefore ?? 0) : list.sampleCount,
  };
}

async function tabulateVorbis(reader: ByteReader, first: OggPacket, packets: OggPackets) {
  const id = await readPacketBytes(reader, first, VORBIS_ID_BYTES);
  const stream = id && parseVorbisId(id);
  const comments = (await packets.next()).value;
  const setupPacket = (await packets.next()).value;
  if (!stream || !comments || !setupPacket || !isVorbisHeader(setupPacket.head, 5)) return undefined;
  const setup = await readPacketBytes(reader, setupPacket, LONGEST_VORBIS_SETUP_BYTES);
  const areLong = setup && readVorbisModes(setup);
  if (!areLong) return undefined;
  let lastBlock: number | undefined;
  const gathered = await gather(packets, ({ head }) => {
    const block = vorbisBlockSamples(stream, areLong, head[0] ?? 1);
    // The first packet only fills the window, which the next ones overlap with.
    const samples = lastBlock === undefined ? 0 : block && (lastBlock + block) / 4;
    lastBlock = block;
    return block && samples;
  });
  const table = gathered?.list.finish();
  if (!gathered || !table) return undefined;
  return {
    codec: 'vorbis',
    codecString: 'vorbis',
    description: vorbisDescription(id, setup),
    sampleRateHz: stream.sampleRateHz,
    channelCount: stream.channelCount,
    trimStartSamples: gathered.trimmedSamples,
    sampleCount: Math.max(0, gathered.endSample - gathered.trimmedSamples),
    prerollPackets: 1,
    packets: table,
  } satisfies PacketTable;
}

function opusTable(
  stream: OpusStream,
  { list, endSample, trimmedSamples }: Gathered,
): PacketTable | undefined {
  const packets = list.finish();
  // RFC 7845 section 4.5: an Opus stream does not begin before its beginning.
  if (!packets || trimmedSamples > 0) return undefined;
  const shortest = packets.startSample
    .slice(1)
    .reduce((least, end, i) => Math.min(least, end - (packets.startSample[i] ?? 0)), OPUS_PREROLL_SAMPLES);
  const trimStartSamples = Math.min(list.sampleCount, stream.preSkipSamples);
  return {
    codec: 'opus',
    codecString: 'opus',
    description: stream.description,
    sampleRateHz: OPUS_RATE_HZ,
    channelCount: stream.channelCount,
    trimStartSamples,
    sampleCount: Math.max(0, endSample - trimStartSamples),
    prerollPackets: Math.ceil(OPUS_PREROLL_SAMPLES / shortest),
    packets,
  };
}

async function tabulateOpus(reader: ByteReader, first: OggPacket, packets: OggPackets) {
  const head = await readPacketBytes(reader, first, LONGEST_OPUS_HEAD_BYTES);
  const stream = head && parseOpusHead(head);
  const comments = (await packets.next()).value;
  if (!stream || !comments) return undefined;
  const gathered = await gather(packets, (packet) => opusPacketSamples(packet.head));
  return gathered && opusTable(stream, gathered);
}

async function tabulateOggFlac(reader: ByteReader, first: OggPacket, packets: OggPackets) {
  const head = await readPacketBytes(reader, first, OGG_FLAC_BYTES);
  const stream = head?.length === OGG_FLAC_BYTES ? parseStreamInfo(head.subarray(-34)) : undefined;
  if (!stream) return undefined;
  const list = new PacketList();
  for (let next = await packets.next(); !next.done; next = await packets.next()) {
    const frame = parseFlacFrame(next.value.head, 0);
    // Further metadata blocks come before the first frame.
    if (frame) addPacket(list, next.value, frame.sampleCount);
    else if (list.count > 0 && next.value.lengthBytes > 0) return undefined;
  }
  return flacTable(stream, list, list.sampleCount);
}

/** Vorbis, Opus and FLAC in Ogg: one stream from its start to its end. */
export async function tabulateOgg(reader: ByteReader, startBytes: number): Promise<PacketTable | undefined> {
  const packets = readOggPackets(reader, startBytes);
  try {
    const first = (await packets.next()).value;
    if (!first) return undefined;
    if (isVorbisHeader(first.head, 1)) return await tabulateVorbis(reader, first, packets);
    if (String.fromCharCode(...first.head.subarray(0, 8)) === 'OpusHead')
      return await tabulateOpus(reader, first, packets);
    if (String.fromCharCode(...first.head.subarray(1, 5)) === 'FLAC')
      return await tabulateOggFlac(reader, first, packets);
    return undefined;
  } catch (error) {
    if (error instanceof OggFault) return undefined;
    throw error;
  }
}
