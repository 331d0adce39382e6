import { noise, play, SAMPLE_RATE_HZ } from './instruments.ts';
import type { Piece } from './pieces.ts';
import { lengthOf } from './score.ts';

export interface Stereo {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

const TAIL_SECONDS = 2.6;
/** -1.5 dBFS. */
const HIGHEST_PEAK = 0.84;
/** -19 dBFS: pieces are about as loud as one another, but for one that is all peaks. */
const LOUDNESS = 0.112;
const WET = 0.16;

/** Players slow down before the end: how late a unit comes, in units. */
function delayed(unit: number, end: number): number {
  const from = end * 0.94;
  return unit <= from ? unit : unit + ((unit - from) / (end - from)) ** 2 * (end - from) * 0.45;
}

// Delays in samples of Jezar's Freeverb, public domain; the right side's are a little longer.
const COMBS = [1116, 1188, 1277, 1356, 1422, 1491];
const ALL_PASSES = [556, 441, 341, 225];
const SPREAD = 23;

function comb(input: Float32Array, output: Float32Array, delay: number): void {
  const line = new Float32Array(delay);
  let dull = 0;
  for (let i = 0, at = 0; i < input.length; i++) {
    const out = line[at] ?? 0;
    dull += (out - dull) * 0.72;
    line[at] = (input[i] ?? 0) + dull * 0.8;
    output[i] = (output[i] ?? 0) + out;
    at = at + 1 === delay ? 0 : at + 1;
  }
}

function allPass(samples: Float32Array, delay: number): void {
  const line = new Float32Array(delay);
  for (let i = 0, at = 0; i < samples.length; i++) {
    const input = samples[i] ?? 0;
    const out = line[at] ?? 0;
    line[at] = input + out * 0.5;
    samples[i] = out - input;
    at = at + 1 === delay ? 0 : at + 1;
  }
}

function reverb(input: Float32Array, spread: number): Float32Array {
  const output = new Float32Array(input.length);
  for (const delay of COMBS) comb(input, output, delay + spread);
  for (const delay of ALL_PASSES) allPass(output, delay + spread);
  return output;
}

function addReverb({ left, right }: Stereo): void {
  const both = new Float32Array(left.length);
  for (let i = 0; i < both.length; i++) both[i] = ((left[i] ?? 0) + (right[i] ?? 0)) * 0.12;
  for (const [samples, spread] of [
    [left, 0],
    [right, SPREAD],
  ] as const) {
    const wet = reverb(both, spread);
    for (let i = 0; i < samples.length; i++)
      samples[i] = (samples[i] ?? 0) * (1 - WET) + (wet[i] ?? 0) * WET * 2;
  }
}

function normalise({ left, right }: Stereo): void {
  let peak = 0;
  let power = 0;
  for (const samples of [left, right]) {
    for (const sample of samples) {
      peak = Math.max(peak, Math.abs(sample));
      power += sample * sample;
    }
  }
  if (peak === 0) return;
  const factor = Math.min(HIGHEST_PEAK / peak, LOUDNESS / Math.sqrt(power / (left.length * 2)));
  for (const samples of [left, right]) {
    for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * factor;
  }
}

/** Plays a piece. The same piece gives the same samples, always. */
export function render(piece: Piece): Stereo {
  const end = Math.max(...piece.parts.map(({ notes }) => lengthOf(notes)));
  const total = Math.ceil((delayed(end, end) * piece.unitSeconds + TAIL_SECONDS) * SAMPLE_RATE_HZ);
  const mix: Stereo = { left: new Float32Array(total), right: new Float32Array(total) };
  const random = noise(piece.title.length * 65_537 + end);
  const played = new Map<string, Float32Array>();
  for (const { instrument, pan, notes } of piece.parts) {
    const leftGain = Math.cos(((pan + 1) * Math.PI) / 4);
    const rightGain = Math.sin(((pan + 1) * Math.PI) / 4);
    for (const note of notes) {
      const key = `${instrument} ${note.pitch} ${note.duration}`;
      const samples = played.get(key) ?? play(instrument, note.pitch, note.duration * piece.unitSeconds);
      played.set(key, samples);
      // Nobody plays like a clock: up to 7 ms late, a twelfth louder or softer.
      const lateSeconds = 0.0035 * (random() + 1);
      const strength = note.velocity * (1 + random() / 12);
      const start = Math.round((delayed(note.start, end) * piece.unitSeconds + lateSeconds) * SAMPLE_RATE_HZ);
      const count = Math.min(samples.length, total - start);
      for (let i = 0; i < count; i++) {
        const sample = (samples[i] ?? 0) * strength;
        mix.left[start + i] = (mix.left[start + i] ?? 0) + sample * leftGain;
        mix.right[start + i] = (mix.right[start + i] ?? 0) + sample * rightGain;
      }
    }
  }
  addReverb(mix);
  normalise(mix);
  return mix;
}
