import type { Page } from 'playwright-core';
import { planSeek, type PacketTable } from '../../src/playback/index.ts';

/** What a browser makes of the packets of one file. */
export interface DecodedPackets {
  /** Frames that the decoder put out for all packets in order. */
  readonly frames: number;
  readonly channelCount: number;
  readonly sampleRateHz: number;
  /** The music alone, interleaved. */
  readonly music: Float32Array;
  /** For each seek the largest difference of three packets' output to the linear decode; -1 where too little came. */
  readonly seekDifferences: readonly number[];
}

interface Plan {
  readonly first: number;
  readonly end: number;
  readonly skip: number;
  readonly sample: number;
}

/** Decodes with WebCodecs in Chromium what a table names: everything, and from `seekSamples` of the music on. */
export async function decodePackets(
  page: Page,
  file: Uint8Array,
  table: PacketTable,
  seekSamples: readonly number[] = [],
): Promise<DecodedPackets> {
  const { packets } = table;
  const plans: Plan[] = seekSamples.map((sample) => {
    const { firstPacket, packet, skipSamples } = planSeek(table, sample);
    return { first: firstPacket, end: Math.min(packets.count, packet + 3), skip: skipSamples, sample };
  });
  const found = await page.evaluate(
    async ({ base64, plans: seeks, config, spanStart, offsets, lengths, starts, trim, kept }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const { description, ...rest } = config;
      const packetBytes = (packet: number) =>
        lengths.slice(spanStart[packet], spanStart[packet + 1]).reduce((sum, length) => sum + length, 0);
      const decode = async (first: number, end: number) => {
        const pieces: { frames: number; channels: Float32Array[] }[] = [];
        let fault: unknown;
        const decoder = new AudioDecoder({
          output: (data) => {
            const channels = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
              const plane = new Float32Array(data.numberOfFrames);
              data.copyTo(plane, { planeIndex, format: 'f32-planar' });
              return plane;
            });
            pieces.push({ frames: data.numberOfFrames, channels });
            data.close();
          },
          error: (error) => {
            fault = error;
          },
        });
        decoder.configure({
          ...rest,
          ...(description.length > 0 && { description: Uint8Array.from(description) }),
        });
        for (let i = first; i < end; i++) {
          const data = new Uint8Array(packetBytes(i));
          let filled = 0;
          for (let span = spanStart[i] ?? 0; span < (spanStart[i + 1] ?? 0); span++) {
            const offset = offsets[span] ?? 0;
            data.set(bytes.subarray(offset, offset + (lengths[span] ?? 0)), filled);
            filled += lengths[span] ?? 0;
          }
          const timestamp = Math.round(((starts[i] ?? 0) / config.sampleRate) * 1e6);
          decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data }));
        }
        await decoder.flush();
        if (fault) throw fault;
        const channelCount = pieces[0]?.channels.length ?? 0;
        const frames = pieces.reduce((total, piece) => total + piece.frames, 0);
        const interleaved = new Float32Array(frames * channelCount);
        let at = 0;
        for (const piece of pieces) {
          for (let i = 0; i < piece.frames; i++)
            for (const channel of piece.channels) interleaved[at++] = channel[i] ?? 0;
        }
        return { interleaved, channelCount, frames };
      };
      const whole = await decode(0, spanStart.length - 1);
      const { channelCount } = whole;
      const seekDifferences: number[] = [];
      for (const { first, end, skip, sample } of seeks) {
        const { interleaved } = await decode(first, end);
        const from = interleaved.subarray(skip * channelCount);
        const linear = whole.interleaved.subarray((sample + trim) * channelCount);
        const wanted = ((starts[end] ?? 0) - trim - sample) * channelCount;
        let difference = from.length === wanted ? 0 : -1;
        for (let i = 0; i < from.length && difference >= 0; i++)
          difference = Math.max(difference, Math.abs((from[i] ?? 0) - (linear[i] ?? 9)));
        seekDifferences.push(difference);
      }
      const music = whole.interleaved.slice(trim * channelCount, (trim + kept) * channelCount);
      const raw = new Uint8Array(music.buffer);
      let text = '';
      for (let i = 0; i < raw.length; i += 32_768)
        text += String.fromCharCode(...raw.subarray(i, i + 32_768));
      return { frames: whole.frames, channelCount, music: btoa(text), seekDifferences };
    },
    {
      base64: Buffer.from(file).toString('base64'),
      plans,
      config: {
        codec: table.codecString,
        sampleRate: table.sampleRateHz,
        numberOfChannels: table.channelCount,
        description: [...table.description],
      },
      spanStart: [...packets.spanStart],
      offsets: [...packets.spanOffsetBytes],
      lengths: [...packets.spanLengthBytes],
      starts: [...packets.startSample],
      trim: table.trimStartSamples,
      kept: table.sampleCount,
    },
  );
  const music = new Float32Array(Uint8Array.from(Buffer.from(found.music, 'base64')).buffer);
  return { ...found, music, sampleRateHz: table.sampleRateHz };
}
