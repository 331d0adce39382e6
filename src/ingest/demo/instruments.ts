import type { Instrument } from './pieces.ts';

export const SAMPLE_RATE_HZ = 44_100;

/** Numbers that are the same on every machine and in every run; from -1 to 1. */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // Mulberry32 by Tommy Ettinger, public domain.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function frequencyHz(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

/** Lets a note ring for its length and then dampens it. */
function damp(samples: Float32Array, seconds: number, releaseSeconds: number): Float32Array {
  const from = Math.round(seconds * SAMPLE_RATE_HZ);
  const release = Math.round(releaseSeconds * SAMPLE_RATE_HZ);
  for (let i = Math.max(0, from); i < samples.length; i++) {
    const left = Math.max(0, 1 - (i - from) / release);
    samples[i] = (samples[i] ?? 0) * left * left;
  }
  return samples;
}

const PIANO_PARTIALS = 16;

/** Struck strings: slightly sharp partials, each a resonator that dies away the faster the higher it is. */
function piano(pitch: number, seconds: number): Float32Array {
  const releaseSeconds = 0.35;
  const samples = new Float32Array(Math.ceil((seconds + releaseSeconds) * SAMPLE_RATE_HZ));
  const base = frequencyHz(pitch);
  const stiffness = 0.00022 * 2 ** ((pitch - 48) / 14);
  const ringSeconds = 5.5 * 2 ** ((48 - pitch) / 22);
  for (let n = 1; n <= PIANO_PARTIALS; n++) {
    const hz = base * n * Math.sqrt(1 + stiffness * n * n);
    if (hz > SAMPLE_RATE_HZ * 0.42) break;
    // The hammer strikes at an eighth of the string, and soft felt leaves little of the high partials.
    const strength = (Math.abs(Math.sin((Math.PI * n) / 8)) + 0.15) / n ** 1.35 / (1 + (hz / 4_500) ** 2);
    // Two strings a hair apart beat slowly, as a piano's do.
    for (const detune of [0.9997, 1.0004]) {
      const angle = (2 * Math.PI * hz * detune) / SAMPLE_RATE_HZ;
      const decay = Math.exp(-6.9 / (SAMPLE_RATE_HZ * (ringSeconds / (1 + 0.28 * (n - 1)))));
      const first = 2 * decay * Math.cos(angle);
      const second = decay * decay;
      let y1 = 0;
      let y2 = -Math.sin(angle) * strength * 0.5;
      for (let i = 0; i < samples.length; i++) {
        const y = first * y1 - second * y2;
        y2 = y1;
        y1 = y;
        samples[i] = (samples[i] ?? 0) + y;
      }
    }
  }
  const attack = 0.004 * SAMPLE_RATE_HZ;
  for (let i = 0; i < attack; i++) samples[i] = (samples[i] ?? 0) * (i / attack);
  return damp(samples, seconds, releaseSeconds);
}

interface Pluck {
  /** 0 is bright, 1 is dull. */
  readonly dullness: number;
  /** Share of the string's length from the bridge. */
  readonly position: number;
  readonly ringSeconds: number;
  readonly releaseSeconds: number;
}

/** Karplus and Strong's string with a tuned delay (Jaffe and Smith 1983): noise that runs round a loop. */
function pluck(
  pitch: number,
  seconds: number,
  { dullness, position, ringSeconds, releaseSeconds }: Pluck,
): Float32Array {
  const samples = new Float32Array(Math.ceil((seconds + releaseSeconds) * SAMPLE_RATE_HZ));
  const period = SAMPLE_RATE_HZ / frequencyHz(pitch);
  // The loop's filter delays by the share it takes of the sample before; an all-pass makes up the rest.
  const filterDelay = dullness / 2;
  const whole = Math.floor(period - filterDelay - 0.2);
  const rest = period - filterDelay - whole;
  const allPass = (1 - rest) / (1 + rest);
  const loss = 10 ** ((-3 * period) / (SAMPLE_RATE_HZ * ringSeconds * 2 ** ((52 - pitch) / 26)));
  const random = noise(pitch * 7919 + Math.round(position * 1000));
  const line = new Float32Array(whole);
  const burst = new Float32Array(whole);
  let soft = 0;
  for (let i = 0; i < whole; i++) {
    soft += (random() - soft) * (1 - dullness * 0.75);
    burst[i] = soft;
  }
  const comb = Math.max(1, Math.round(whole * position));
  let mean = 0;
  for (let i = 0; i < whole; i++) {
    line[i] = (burst[i] ?? 0) - (burst[(i + whole - comb) % whole] ?? 0);
    mean += (line[i] ?? 0) / whole;
  }
  let previous = 0;
  let passIn = 0;
  let passOut = 0;
  for (let i = 0, at = 0; i < samples.length; i++) {
    const out = (line[at] ?? 0) - (i < whole ? mean : 0);
    samples[i] = out * 0.55;
    const filtered = loss * (out * (1 - dullness / 2) + previous * (dullness / 2));
    previous = out;
    passOut = allPass * (filtered - passOut) + passIn;
    passIn = filtered;
    line[at] = passOut;
    at = at + 1 === whole ? 0 : at + 1;
  }
  return damp(samples, seconds, releaseSeconds);
}

function guitar(pitch: number, seconds: number): Float32Array {
  return pluck(pitch, seconds + 0.35, {
    dullness: 0.72,
    position: 0.22,
    ringSeconds: 3.2,
    releaseSeconds: 0.3,
  });
}

function harpsichord(pitch: number, seconds: number): Float32Array {
  const eight = pluck(pitch, seconds, {
    dullness: 0.28,
    position: 0.12,
    ringSeconds: 3.4,
    releaseSeconds: 0.09,
  });
  const four = pluck(pitch + 12, seconds, {
    dullness: 0.35,
    position: 0.1,
    ringSeconds: 2,
    releaseSeconds: 0.09,
  });
  for (let i = 0; i < eight.length; i++) eight[i] = (eight[i] ?? 0) * 0.75 + (four[i] ?? 0) * 0.3;
  return eight;
}

const TABLE_SAMPLES = 2_048;

/** Bowed strings: three saws a little apart, without what lies above hearing, with a slow bow and some vibrato. */
function strings(pitch: number, seconds: number): Float32Array {
  const releaseSeconds = 0.45;
  const base = frequencyHz(pitch);
  const table = new Float32Array(TABLE_SAMPLES + 1);
  for (let n = 1; n * base < 9_000; n++) {
    const strength = 1 / n / (1 + (n * base) / 2_600);
    for (let i = 0; i <= TABLE_SAMPLES; i++) {
      table[i] = (table[i] ?? 0) + strength * Math.sin((2 * Math.PI * n * i) / TABLE_SAMPLES);
    }
  }
  const samples = new Float32Array(Math.ceil((seconds + releaseSeconds) * SAMPLE_RATE_HZ));
  const attack = 0.11 * SAMPLE_RATE_HZ;
  for (const [voice, detune] of [0.9985, 1, 1.0017].entries()) {
    let phase = voice * 613;
    for (let i = 0; i < samples.length; i++) {
      const seconds = i / SAMPLE_RATE_HZ;
      const depth = Math.min(1, seconds / 0.6) * 0.0022;
      const vibrato = 1 + depth * Math.sin(2 * Math.PI * (5.1 + voice * 0.3) * seconds + voice);
      phase += (TABLE_SAMPLES * base * detune * vibrato) / SAMPLE_RATE_HZ;
      if (phase >= TABLE_SAMPLES) phase -= TABLE_SAMPLES;
      const index = Math.floor(phase);
      const left = table[index] ?? 0;
      const swell = i < attack ? (i / attack) ** 1.5 : 1;
      samples[i] =
        (samples[i] ?? 0) + 0.16 * swell * (left + ((table[index + 1] ?? 0) - left) * (phase - index));
    }
  }
  return damp(samples, seconds, releaseSeconds);
}

const INSTRUMENTS: Readonly<Record<Instrument, (pitch: number, seconds: number) => Float32Array>> = {
  piano,
  guitar,
  harpsichord,
  strings,
};

/** One note at full strength, mono; it goes on a little after its length. */
export function play(instrument: Instrument, pitch: number, seconds: number): Float32Array {
  return INSTRUMENTS[instrument](pitch, seconds);
}
