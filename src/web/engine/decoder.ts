import type { PacketTable } from '../../playback/index.ts';
import { interleave, pcmSamples } from './pcm.ts';

export interface PacketDecoder {
  decode(packet: Uint8Array): void;
  /** Packets that it was given and has not put out. */
  readonly pending: number;
  /** Resolves when everything was put out. */
  flush(): Promise<void>;
  close(): void;
}

export interface DecoderOutput {
  /** Interleaved, in order. */
  readonly onSamples: (samples: Float32Array<ArrayBuffer>) => void;
  readonly onFailure: (error: unknown) => void;
  /** It takes more packets. */
  readonly onRoom: () => void;
}

export function createDecoder(table: PacketTable, output: DecoderOutput): PacketDecoder {
  return table.codec === 'pcm' ? pcmDecoder(table, output) : codecDecoder(table, output);
}

function pcmDecoder({ pcmFormat }: PacketTable, output: DecoderOutput): PacketDecoder {
  return {
    pending: 0,
    decode(packet) {
      if (pcmFormat) output.onSamples(pcmSamples(packet, pcmFormat));
      else output.onFailure(undefined);
    },
    flush: () => Promise.resolve(),
    close: () => undefined,
  };
}

function configOf(table: PacketTable): AudioDecoderConfig {
  return {
    codec: table.codecString,
    sampleRate: table.sampleRateHz,
    numberOfChannels: table.channelCount,
    ...(table.description.length > 0 ? { description: table.description } : {}),
  };
}

function codecDecoder(table: PacketTable, output: DecoderOutput): PacketDecoder {
  const decoder = new AudioDecoder({
    output: (data) => {
      const samples = interleave(data);
      data.close();
      output.onSamples(samples);
    },
    error: output.onFailure,
  });
  decoder.addEventListener('dequeue', output.onRoom);
  decoder.configure(configOf(table));
  let packets = 0;
  return {
    get pending() {
      return decoder.decodeQueueSize;
    },
    decode(packet) {
      if (decoder.state !== 'configured') return;
      // Times are counted here and not by the decoder: it needs some that rise.
      decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: packets++ * 1_000, data: packet }));
    },
    flush: () => decoder.flush(),
    close() {
      if (decoder.state !== 'closed') decoder.close();
    },
  };
}
