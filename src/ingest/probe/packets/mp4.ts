import { MOST_PACKETS, type PacketTable } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { boxesIn, childOf, descend, type FileBox, fileBoxes } from './mp4-boxes.ts';
import { type Mp4Codec, parseSampleDescription } from './mp4-codec.ts';
import { type FragmentDefaults, fragmentDefaults, fragmentSamples } from './mp4-fragments.ts';
import { type Mp4Sample, samplesOf } from './mp4-samples.ts';
import { type Mp4Trim, readEditTrim, readItunesTrim } from './mp4-trim.ts';
import { opusPacketSamples } from './opus.ts';
import { PacketList } from './packet-list.ts';

/** Sample tables and covers; a file that has more is none of ours. */
const LARGEST_MOOV_BYTES = 64 * 1024 * 1024;
const LARGEST_MOOF_BYTES = 4 * 1024 * 1024;

async function readBody(reader: ByteReader, box: FileBox, mostBytes: number): Promise<DataView | undefined> {
  const lengthBytes = box.endBytes - box.bodyBytes;
  if (lengthBytes > mostBytes || box.endBytes > reader.lengthBytes) return undefined;
  const bytes = await reader.read(box.bodyBytes, lengthBytes);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Track {
  readonly trak: DataView;
  readonly id: number;
  readonly timescale: number;
  readonly codec: Mp4Codec;
  readonly stbl: DataView;
}

/** Version 1 of these boxes has 64-bit times before what is wanted. */
function wordAfterTimes(view: DataView | undefined): number {
  if (!view) return 0;
  const at = view.getUint8(0) === 1 ? 20 : 12;
  return view.byteLength >= at + 4 ? view.getUint32(at) : 0;
}

function findTrack(moov: DataView): Track | undefined {
  for (const { type, body: trak } of boxesIn(moov)) {
    const mdia = type === 'trak' ? childOf(trak, 'mdia') : undefined;
    const handler = mdia && childOf(mdia, 'hdlr');
    // "soun"
    if (!mdia || !handler || handler.byteLength < 12 || handler.getUint32(8) !== 0x736f756e) continue;
    const stbl = descend(mdia, 'minf', 'stbl');
    const stsd = stbl && childOf(stbl, 'stsd');
    const codec = stsd && parseSampleDescription(stsd);
    const timescale = wordAfterTimes(childOf(mdia, 'mdhd'));
    if (!stbl || !codec || timescale === 0) return undefined;
    return { trak, id: wordAfterTimes(childOf(trak, 'tkhd')), timescale, codec, stbl };
  }
  return undefined;
}

/** Packets that lie in the file, and the time of all. */
class Gathering {
  readonly list = new PacketList();
  durationUnits = 0;
  isCutShort = false;
  #seen = 0;
  readonly #track: Track;
  readonly #reader: ByteReader;

  constructor(track: Track, reader: ByteReader) {
    this.#track = track;
    this.#reader = reader;
  }

  /** Of Opus the file tells how much is kept of a packet, not how much there is. */
  async #samplesOf(sample: Mp4Sample): Promise<number | undefined> {
    const { codec, timescale } = this.#track;
    if (codec.codec === 'opus') return opusPacketSamples(await this.#reader.read(sample.offsetBytes, 2));
    return codec.packetSamples ?? Math.round((sample.duration * codec.sampleRateHz) / timescale);
  }

  async add(samples: Iterable<Mp4Sample>): Promise<void> {
    for (const sample of samples) {
      const { offsetBytes, lengthBytes, duration } = sample;
      // Samples without bytes cost a table nothing, so that it could announce them without end.
      if (offsetBytes + lengthBytes > this.#reader.lengthBytes || ++this.#seen > MOST_PACKETS)
        this.isCutShort = true;
      if (this.isCutShort) return;
      const sampleCount = await this.#samplesOf(sample);
      if (sampleCount === undefined) {
        this.isCutShort = true;
        return;
      }
      this.list.add(offsetBytes, lengthBytes, sampleCount);
      this.durationUnits += duration;
    }
  }
}

async function gatherFragments(
  reader: ByteReader,
  startBytes: number,
  track: Track,
  defaults: FragmentDefaults,
  gathering: Gathering,
): Promise<void> {
  for await (const box of fileBoxes(reader, startBytes)) {
    if (box.type !== 'moof') continue;
    const moof = await readBody(reader, box, LARGEST_MOOF_BYTES);
    if (!moof) return;
    await gathering.add(fragmentSamples(moof, box.startBytes, track.id, defaults));
  }
}

function prerollPackets({ prerollSamples }: Mp4Codec, startSample: Float64Array): number {
  if (prerollSamples === 0) return 0;
  let shortest = prerollSamples;
  for (let i = 1; i < startSample.length - 1; i++)
    shortest = Math.min(shortest, (startSample[i] ?? 0) - (startSample[i - 1] ?? 0));
  return Math.ceil(prerollSamples / Math.max(1, shortest));
}

function tableOf(codec: Mp4Codec, { list, isCutShort }: Gathering, trim: Mp4Trim): PacketTable | undefined {
  const packets = list.finish();
  if (!packets) return undefined;
  const total = list.sampleCount;
  const trimStartSamples = Math.min(total, trim.startSamples);
  const rest = total - trimStartSamples;
  const sampleCount = isCutShort ? rest : Math.min(rest, trim.sampleCount ?? rest);
  return {
    codec: codec.codec,
    codecString: codec.codecString,
    description: codec.description,
    sampleRateHz: codec.sampleRateHz,
    channelCount: codec.channelCount,
    trimStartSamples,
    sampleCount,
    prerollPackets: prerollPackets(codec, packets.startSample),
    packets,
  };
}

/** AAC of low complexity, FLAC and Opus in MP4, fragmented or not. ALAC has no table: browsers do not decode it. */
export async function tabulateMp4(reader: ByteReader, startBytes: number): Promise<PacketTable | undefined> {
  let moov: DataView | undefined;
  for await (const box of fileBoxes(reader, startBytes)) {
    if (box.type !== 'moov') continue;
    moov = await readBody(reader, box, LARGEST_MOOV_BYTES);
    break;
  }
  const track = moov && findTrack(moov);
  if (!moov || !track) return undefined;
  const gathering = new Gathering(track, reader);
  await gathering.add(samplesOf(track.stbl));
  const defaults = fragmentDefaults(moov, track.id);
  if (defaults) await gatherFragments(reader, startBytes, track, defaults, gathering);
  const edit = readEditTrim(track.trak, {
    movieScale: wordAfterTimes(childOf(moov, 'mvhd')) || track.timescale,
    trackScale: track.timescale,
    trackDuration: gathering.durationUnits,
    sampleRateHz: track.codec.sampleRateHz,
  });
  const trim = readItunesTrim(moov) ?? edit;
  return trim === 'unknown' ? undefined : tableOf(track.codec, gathering, trim);
}
