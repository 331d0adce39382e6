import type { PcmFormat } from '../../playback/index.ts';

type ReadSample = (view: DataView, offsetBytes: number) => number;

const READERS: Readonly<Record<PcmFormat, { readonly bytes: number; readonly read: ReadSample }>> = {
  u8: { bytes: 1, read: (view, at) => (view.getUint8(at) - 128) / 0x80 },
  s16le: { bytes: 2, read: (view, at) => view.getInt16(at, true) / 0x8000 },
  s16be: { bytes: 2, read: (view, at) => view.getInt16(at, false) / 0x8000 },
  s24le: {
    bytes: 3,
    read: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 0x10000) / 0x800000,
  },
  s24be: {
    bytes: 3,
    read: (view, at) => (view.getInt16(at, false) * 0x100 + view.getUint8(at + 2)) / 0x800000,
  },
  s32le: { bytes: 4, read: (view, at) => view.getInt32(at, true) / 0x80000000 },
  s32be: { bytes: 4, read: (view, at) => view.getInt32(at, false) / 0x80000000 },
  f32le: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  f64le: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Interleaved as it lies in the file; bytes that make no whole sample are left out. */
export function pcmSamples(bytes: Uint8Array, format: PcmFormat): Float32Array<ArrayBuffer> {
  const { bytes: width, read } = READERS[format];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(Math.floor(bytes.length / width));
  for (let i = 0; i < samples.length; i++) samples[i] = read(view, i * width);
  return samples;
}

/**
 * What a decoder put out, as interleaved floats. Whole numbers are divided by full scale here, since browsers have
 * scaled positive and negative ones differently: a lossless file stays lossless.
 */
export function interleave(data: AudioData): Float32Array<ArrayBuffer> {
  const { numberOfChannels: channels, numberOfFrames: frames, format } = data;
  const out = new Float32Array(frames * channels);
  const planar = format?.endsWith('-planar') ?? false;
  const planes = planar ? channels : 1;
  for (let plane = 0; plane < planes; plane++) {
    const { raw, scale, offset } = rawOf(format, planar ? frames : frames * channels);
    data.copyTo(raw, { planeIndex: plane });
    const step = planar ? channels : 1;
    for (let i = 0, to = planar ? plane : 0; i < raw.length; i++, to += step)
      out[to] = ((raw[i] ?? 0) - offset) / scale;
  }
  return out;
}

function rawOf(format: AudioSampleFormat | null, length: number) {
  switch (format) {
    case 'u8':
    case 'u8-planar':
      return { raw: new Uint8Array(length), scale: 0x80, offset: 128 };
    case 's16':
    case 's16-planar':
      return { raw: new Int16Array(length), scale: 0x8000, offset: 0 };
    case 's32':
    case 's32-planar':
      return { raw: new Int32Array(length), scale: 0x80000000, offset: 0 };
    default:
      return { raw: new Float32Array(length), scale: 1, offset: 0 };
  }
}

/** Mono becomes two equal channels, so that it may follow stereo in one ring. */
export function widen(samples: Float32Array<ArrayBuffer>, channelCount: number): Float32Array<ArrayBuffer> {
  if (channelCount !== 1) return samples;
  const wide = new Float32Array(samples.length * 2);
  for (let i = 0; i < samples.length; i++) wide[2 * i] = wide[2 * i + 1] = samples[i] ?? 0;
  return wide;
}
