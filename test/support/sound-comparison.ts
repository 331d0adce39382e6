/** A place where what was heard is not what was played. */
export interface SoundGap {
  /** Of what was played. */
  readonly atFrame: number;
  /** Frames too many; negative where some are lost, 0 where others took their place. */
  readonly frames: number;
}

export interface SoundComparison {
  readonly gaps: readonly SoundGap[];
  /** Frames of what was played that were compared: all of them, unless it broke off. */
  readonly frames: number;
  /** Of these, outside of gaps, those that are not equal to the bit. */
  readonly different: number;
  readonly greatestDifference: number;
}

const WINDOW_FRAMES = 1_024;
/** How far what was heard may have moved in one gap: a quarter of a second, at the rate of most music. */
const MOST_MOVED = 11_025;
/** Of the correlation; at a wrong place noise is far from this. */
const SAME = 0.95;

/**
 * Holds a recording against what was played, window by window, both interleaved stereo; there is noise in it. Where a
 * window is not found at its place, the place is looked for by correlation.
 */
export function compareSound(heard: Float32Array, played: Float32Array): SoundComparison {
  const frames = played.length / 2;
  const gaps: SoundGap[] = [];
  const [bent, wanted] = [bendsOf(heard), bendsOf(played)];
  const firstFrame = Math.floor(heard.findIndex((sample) => sample !== 0) / 2);
  let shift = bestShift(bent, wanted, 0, firstFrame);
  let lostAtFrame: number | undefined = shift === undefined ? 0 : undefined;
  let different = 0;
  let greatestDifference = 0;
  for (let frame = 0; frame < frames; frame += WINDOW_FRAMES) {
    const length = Math.min(WINDOW_FRAMES, frames - frame);
    const before = shift ?? firstFrame;
    if (correlation(bent, wanted, frame, before, length) < SAME) {
      const moved = bestShift(bent, wanted, frame, before + frame);
      if (moved === undefined) {
        lostAtFrame ??= frame;
        continue;
      }
      gaps.push({ atFrame: lostAtFrame ?? frame, frames: shift === undefined ? 0 : moved - shift });
      shift = moved;
    } else if (lostAtFrame !== undefined) gaps.push({ atFrame: lostAtFrame, frames: 0 });
    lostAtFrame = undefined;
    for (let i = 2 * frame; i < 2 * (frame + length); i++) {
      const difference = Math.abs((heard[i + 2 * (shift ?? 0)] ?? 0) - (played[i] ?? 0));
      if (difference > 0 && i % 2 === 0) different++;
      greatestDifference = Math.max(greatestDifference, difference);
    }
  }
  if (lostAtFrame !== undefined) gaps.push({ atFrame: lostAtFrame, frames: 0 });
  return { gaps, frames, different, greatestDifference };
}

/** Second differences of the left channel: they leave little of tones, which are alike in many places, and all of noise. */
function bendsOf(samples: Float32Array): Float32Array {
  const bends = new Float32Array(samples.length / 2);
  for (let i = 1; i + 1 < bends.length; i++)
    bends[i] = (samples[2 * i - 2] ?? 0) - 2 * (samples[2 * i] ?? 0) + (samples[2 * i + 2] ?? 0);
  return bends;
}

/** By how many frames a window lies later in what was heard; looked for around a frame of that. */
function bestShift(
  heard: Float32Array,
  played: Float32Array,
  frame: number,
  nearFrame: number,
): number | undefined {
  let best: { readonly shift: number; readonly value: number } | undefined;
  for (let moved = -MOST_MOVED; moved <= MOST_MOVED; moved++) {
    const shift = nearFrame - frame + moved;
    const value = correlation(heard, played, frame, shift, WINDOW_FRAMES);
    if (value >= SAME && value > (best?.value ?? 0)) best = { shift, value };
  }
  return best?.shift;
}

/** Normalised: 1 where they are equal but for loudness. */
function correlation(
  heard: Float32Array,
  played: Float32Array,
  frame: number,
  shift: number,
  length: number,
): number {
  let [both, ofHeard, ofPlayed] = [0, 0, 0];
  for (let i = frame; i < frame + length; i++) {
    const x = heard[i + shift] ?? 0;
    const y = played[i] ?? 0;
    both += x * y;
    ofHeard += x * x;
    ofPlayed += y * y;
  }
  return both / Math.sqrt(ofHeard * ofPlayed || 1);
}
