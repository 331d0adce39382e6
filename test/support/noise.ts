/** Where the noise lies: low enough that a correction of 0.3 % within a window does not pull it apart. */
const LOWEST_HZ = 150;
const HIGHEST_HZ = 2_500;
const TAPS = 255;
const LEVEL = 0.2;
/** What is looked at is thinned out so much first: the noise has nothing above. */
export const THIN = 4;
/** Of the thinned sound: some 90 ms. */
const WINDOW = 1_024;
/** Of four noises of one loudness each correlates by a half; of a wrong place none by so much. */
const SAME = 0.32;

/** Noise of its own for each seed, mono, and never alike in two places. */
export function noiseOf(seed: number, seconds: number, rateHz: number): Float32Array {
  const frames = Math.round(seconds * rateHz);
  const white = new Float32Array(frames + TAPS);
  let state = seed * 2_654_435_761 + 1;
  for (let i = 0; i < white.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    white[i] = state / 0x80000000;
  }
  return filtered(white, bandTaps(rateHz)).subarray(0, frames);
}

/** Every fourth frame of one channel of interleaved stereo, or of mono. */
export function thinned(samples: Float32Array, { channels = 1, channel = 0 } = {}): Float32Array {
  const thin = new Float32Array(Math.floor(samples.length / channels / THIN));
  for (let i = 0; i < thin.length; i++) thin[i] = samples[i * THIN * channels + channel] ?? 0;
  return thin;
}

/**
 * Where in a noise the sound around a frame comes from, both thinned, to a fraction of a frame: by matched filter, around a
 * place. Undefined where it does not sound.
 */
export function findNoise(
  heard: Float32Array,
  noise: Float32Array,
  atFrame: number,
  nearFrame: number,
  reachFrames: number,
): number | undefined {
  const from = Math.round(atFrame - WINDOW / 2);
  const near = Math.round(nearFrame - WINDOW / 2);
  if (from < 0 || from + WINDOW > heard.length) return undefined;
  const first = Math.max(0, near - reachFrames);
  const last = Math.min(noise.length - WINDOW, near + reachFrames);
  let best = { at: -1, value: SAME };
  for (let at = first; at <= last; at++) {
    const value = correlation(heard, from, noise, at);
    if (value > best.value) best = { at, value };
  }
  if (best.at <= first || best.at >= last) return undefined;
  const before = correlation(heard, from, noise, best.at - 1);
  const after = correlation(heard, from, noise, best.at + 1);
  // The top of the parabola through three points.
  const beside = (before - after) / (2 * (before - 2 * best.value + after));
  return best.at + beside + atFrame - from;
}

/** Normalised by what both windows hold. */
function correlation(a: Float32Array, fromA: number, b: Float32Array, fromB: number): number {
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < WINDOW; i++) {
    const x = a[fromA + i] ?? 0;
    const y = b[fromB + i] ?? 0;
    both += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return both / Math.sqrt(ofA * ofB || 1);
}

/** A band pass: the difference of two low passes, under a Hann window. */
function bandTaps(rateHz: number): Float64Array {
  const sinc = (cutHz: number, x: number) =>
    x === 0 ? (2 * cutHz) / rateHz : Math.sin((2 * Math.PI * cutHz * x) / rateHz) / (Math.PI * x);
  return Float64Array.from({ length: TAPS }, (_, i) => {
    const x = i - (TAPS - 1) / 2;
    return (sinc(HIGHEST_HZ, x) - sinc(LOWEST_HZ, x)) * (0.5 + 0.5 * Math.cos((2 * Math.PI * x) / TAPS));
  });
}

function filtered(samples: Float32Array, taps: Float64Array): Float32Array {
  const out = new Float32Array(samples.length - taps.length);
  let peak = 0;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = 0; j < taps.length; j++) sum += (samples[i + j] ?? 0) * (taps[j] ?? 0);
    out[i] = sum;
    peak = Math.max(peak, Math.abs(sum));
  }
  return out.map((sample) => (sample / peak) * LEVEL);
}
