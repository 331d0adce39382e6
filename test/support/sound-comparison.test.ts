import { describe, expect, it } from 'vitest';
import { recordingOf } from './engine-music.ts';
import { compareSound } from './sound-comparison.ts';

const RATE_HZ = 44_100;
const played = recordingOf(2, RATE_HZ);
/** Frames of silence before the sound. */
const LEAD = 3_217;

function heardAs(...pieces: readonly Float32Array[]): Float32Array {
  const all = [new Float32Array(2 * LEAD), ...pieces, new Float32Array(2 * LEAD)];
  const heard = new Float32Array(all.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of all) {
    heard.set(piece, offset);
    offset += piece.length;
  }
  return heard;
}

const until = (frame: number) => played.subarray(0, 2 * frame);
const from = (frame: number) => played.subarray(2 * frame);

describe('the comparison of what was heard with what was played', () => {
  it('finds nothing where it is the same, wherever it begins', () => {
    expect(compareSound(heardAs(played), played)).toEqual({
      gaps: [],
      frames: 2 * RATE_HZ,
      different: 0,
      greatestDifference: 0,
    });
  });

  it.each([1, 7, 441])('finds %i frames of silence that were put in', (frames) => {
    const { gaps } = compareSound(heardAs(until(30_000), new Float32Array(2 * frames), from(30_000)), played);
    expect(gaps.map((gap) => gap.frames)).toEqual([frames]);
  });

  it.each([1, 7, 441])('finds %i frames that were left out', (frames) => {
    const { gaps } = compareSound(heardAs(until(30_000), from(30_000 + frames)), played);
    expect(gaps.map((gap) => gap.frames)).toEqual([-frames]);
  });

  it('finds silence in the place of sound, and an end that is missing', () => {
    const silence = new Float32Array(2 * 500);
    const holed = heardAs(until(30_000), silence, from(30_500));
    expect(compareSound(holed, played).gaps).toEqual([{ atFrame: 29_696, frames: 0 }]);
    expect(compareSound(heardAs(until(30_000)), played).gaps).toEqual([{ atFrame: 29_696, frames: 0 }]);
    expect(compareSound(heardAs(until(1), silence, from(501)), played).gaps).toEqual([
      { atFrame: 0, frames: 0 },
    ]);
  });

  it('counts samples that are not the same to the bit', () => {
    const changed = played.slice();
    changed[1_000] = (changed[1_000] ?? 0) + 1e-5;
    expect(compareSound(heardAs(changed), played)).toMatchObject({ gaps: [], different: 1 });
  });
});
