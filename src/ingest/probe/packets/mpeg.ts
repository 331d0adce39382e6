import type { PacketTable } from '../../../playback/index.ts';
import type { ByteReader } from '../byte-reader.ts';
import { mp3Reservoir } from '../mpeg-frame.ts';
import { findFirstFrame, type FoundFrame, readTable, walkFrames } from '../mpeg-length.ts';
import { PacketList } from './packet-list.ts';

/** A decoder puts out a sample this much after it took it in (the 528 and 1 of LAME's gapless playback). */
const DECODER_DELAY_SAMPLES = 529;
/** Frames before a frame that its borrowed bytes may reach back to, at 8 kbit/s. */
const FARTHEST_LOAN = 64;
/** From which rate on AAC can only be what its header says: spectral band replication doubles lower ones. */
const LEAST_PLAIN_AAC_HZ = 32_000;

/** How many frames back the data of each frame begins; the most of all frames. */
class Reservoir {
  readonly #ownBytes: number[] = [];
  farthest = 0;

  add(ownBytes: number, borrowedBytes: number): void {
    let back = 0;
    for (let left = borrowedBytes; left > 0 && back < this.#ownBytes.length; back++)
      left -= this.#ownBytes.at(-1 - back) ?? 0;
    this.farthest = Math.max(this.farthest, back);
    this.#ownBytes.push(ownBytes);
    if (this.#ownBytes.length > FARTHEST_LOAN) this.#ownBytes.shift();
  }
}

async function tabulateMp3(reader: ByteReader, found: FoundFrame): Promise<PacketTable | undefined> {
  const { frame: first, offsetBytes } = found;
  const table = readTable(await reader.read(offsetBytes, Math.max(first.lengthBytes, 256)), first);
  const list = new PacketList();
  const reservoir = new Reservoir();
  let isUniform = true;
  await walkFrames(reader, found, ({ frame, offsetBytes: at }, bytes, start) => {
    if (table && at === offsetBytes) return;
    if (frame.channelCount !== first.channelCount) isUniform = false;
    const { ownBytes, borrowedBytes } = mp3Reservoir(frame, bytes, start);
    reservoir.add(ownBytes, borrowedBytes);
    list.add(at, frame.lengthBytes, frame.sampleCount);
  });
  const packets = list.finish();
  if (!packets || !isUniform) return undefined;
  const trim = table?.trim;
  const trimStartSamples = Math.min(trim ? trim.delaySamples + DECODER_DELAY_SAMPLES : 0, list.sampleCount);
  const isWhole = trim !== undefined && list.count >= (table?.frameCount ?? 0);
  const paddingSamples = isWhole ? Math.max(0, trim.paddingSamples - DECODER_DELAY_SAMPLES) : 0;
  // A frame's output is mixed with that of the granule before, which is in the same frame only in MPEG 1.
  const mixedFrames = first.sampleCount === 1152 ? 1 : 2;
  return {
    codec: 'mp3',
    codecString: 'mp3',
    description: new Uint8Array(0),
    sampleRateHz: first.sampleRateHz,
    channelCount: first.channelCount,
    trimStartSamples,
    sampleCount: Math.max(0, list.sampleCount - trimStartSamples - paddingSamples),
    prerollPackets: reservoir.farthest + mixedFrames,
    packets,
  };
}

/** ADTS says nothing of what encoders put around the music, so that all of it counts. */
async function tabulateAdts(reader: ByteReader, found: FoundFrame): Promise<PacketTable | undefined> {
  const { sampleRateHz, channelCount } = found.frame;
  const [, , third = 0] = await reader.read(found.offsetBytes, 3);
  const isLowComplexity = third >> 6 === 1;
  if (sampleRateHz < LEAST_PLAIN_AAC_HZ || !isLowComplexity) return undefined;
  const list = new PacketList();
  let isUniform = true;
  await walkFrames(reader, found, ({ frame, offsetBytes }) => {
    if (frame.channelCount !== channelCount) isUniform = false;
    list.add(offsetBytes, frame.lengthBytes, frame.sampleCount);
  });
  const packets = list.finish();
  if (!packets || !isUniform) return undefined;
  return {
    codec: 'aac',
    codecString: 'mp4a.40.2',
    description: new Uint8Array(0),
    sampleRateHz,
    channelCount,
    trimStartSamples: 0,
    sampleCount: list.sampleCount,
    prerollPackets: 1,
    packets,
  };
}

/** MP3 and ADTS; layers 1 and 2 have no table, since browsers do not decode them. */
export async function tabulateMpeg(reader: ByteReader, startBytes: number): Promise<PacketTable | undefined> {
  const found = await findFirstFrame(reader, startBytes);
  if (found?.frame.codec === 'mp3') return tabulateMp3(reader, found);
  return found?.frame.codec === 'aac' ? tabulateAdts(reader, found) : undefined;
}
