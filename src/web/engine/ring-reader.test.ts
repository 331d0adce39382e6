import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRing,
  PLAYED,
  putFrames,
  type Ring,
  SKIP_ASKED,
  SKIP_TO,
  START_SECONDS,
  UNDERRUNS,
  WRITTEN,
} from './ring.ts';
import { RingReader } from './ring-reader.ts';
import type { Segment } from './timeline.ts';

const RATE_HZ = 8_000;
const QUANTUM = 128;
const START_FRAMES = RATE_HZ * START_SECONDS;

function write(ring: Ring, values: readonly number[]): void {
  const at = ring.words[WRITTEN] ?? 0;
  putFrames(ring, at, Float32Array.from(values));
  ring.words[WRITTEN] = at + values.length;
}

function segment(startFrame: number, endFrame: number, more: Partial<Segment> = {}): Segment {
  return { startFrame, endFrame, gain: 1, fadeInFrames: 0, fadeOutFrames: 0, ...more };
}

/** A reader of a mono ring, and what it puts out. */
function start(ring: Ring, segments: readonly Segment[], { final = true, step = 1, atFrame = 0 } = {}) {
  const reader = new RingReader(ring, RATE_HZ);
  reader.timeline = { segments, final };
  reader.move({ playing: true, step, atFrame });
  let clock = 0;
  return {
    reader,
    read: (quanta = 1): number[] => {
      const heard: number[] = [];
      for (let i = 0; i < quanta; i++, clock += QUANTUM) {
        const output = new Float32Array(QUANTUM);
        reader.read([output], clock);
        heard.push(...output);
      }
      return heard;
    },
  };
}

const counting = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe('the reader of a ring', () => {
  it('puts out every frame once and in order, whatever is written when', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 }), (blocks) => {
        const ring = createRing(1, 1_000, false);
        const { read } = start(ring, [segment(0, 1e9)], { final: false });
        const heard: number[] = [];
        let next = 1;
        for (const block of blocks) {
          const room = 1_000 - ((ring.words[WRITTEN] ?? 0) - (ring.words[PLAYED] ?? 0));
          write(ring, counting(next, Math.min(block, room)));
          next += Math.min(block, room);
          heard.push(...read(2));
        }
        const sounded = heard.filter((sample) => sample !== 0);
        expect(sounded).toEqual(counting(1, sounded.length));
      }),
    );
  });

  it('plays the segments one after the other, each with its gain from its first frame on', () => {
    const ring = createRing(1, 1_000, false);
    write(
      ring,
      Array.from({ length: 200 }, () => 1),
    );
    const { read } = start(ring, [segment(0, 50, { gain: 0.5 }), segment(50, 200, { gain: 0.25 })]);
    const heard = read(2);
    expect(heard.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 0.5));
    expect(heard.slice(50, 200)).toEqual(Array.from({ length: 150 }, () => 0.25));
    expect(heard.slice(200)).toEqual(Array.from({ length: 56 }, () => 0));
  });

  it('lets no frame sound that no segment names', () => {
    const ring = createRing(1, 1_000, false);
    write(ring, counting(1, 100));
    const { read } = start(ring, [segment(0, 30)]);
    expect(read().filter((sample) => sample !== 0)).toEqual(counting(1, 30));
  });

  it('counts a break as an underrun, and the end as none', () => {
    for (const final of [true, false]) {
      const ring = createRing(1, 1_000, false);
      write(ring, counting(1, 100));
      const { read } = start(ring, [segment(0, 100)], { final });
      read(4);
      expect(ring.words[UNDERRUNS]).toBe(final ? 0 : 1);
    }
  });

  it('counts no underrun before the first frame, nor while it waits after a skip', () => {
    const ring = createRing(1, 10_000, false);
    const { read } = start(ring, [segment(0, 1e9)], { final: false });
    read(3);
    write(ring, counting(1, 1_000));
    read(1);
    ring.words[SKIP_TO] = 1_000;
    ring.words[SKIP_ASKED] = 1;
    expect(read(3).every((sample) => sample === 0)).toBe(true);
    write(ring, counting(1_001, START_FRAMES));
    expect(read(1)).toEqual(counting(1_001, QUANTUM));
    expect(ring.words[UNDERRUNS]).toBe(0);
  });

  it('begins once a twentieth of a second is there, or all that there is', () => {
    const ring = createRing(1, 10_000, false);
    const { read } = start(ring, [segment(0, 1e9)], { final: false });
    write(ring, counting(1, START_FRAMES - 1));
    expect(read(1).every((sample) => sample === 0)).toBe(true);
    write(ring, [START_FRAMES]);
    expect(read(1)).toEqual(counting(1, QUANTUM));

    const short = createRing(1, 10_000, false);
    write(short, counting(1, 10));
    expect(
      start(short, [segment(0, 10)])
        .read(1)
        .slice(0, 10),
    ).toEqual(counting(1, 10));
  });

  it('waits after an underrun until half a second is there', () => {
    const ring = createRing(1, 10_000, false);
    const { read } = start(ring, [segment(0, 1e9)], { final: false });
    write(ring, counting(1, START_FRAMES));
    read(Math.ceil(START_FRAMES / QUANTUM) + 1);
    write(ring, counting(START_FRAMES + 1, RATE_HZ / 2 - 1));
    expect(read(1).every((sample) => sample === 0)).toBe(true);
    write(ring, [START_FRAMES + RATE_HZ / 2]);
    expect(read(1)).toEqual(counting(START_FRAMES + 1, QUANTUM));
  });

  it('begins at the frame of the context that it was told', () => {
    const ring = createRing(1, 1_000, false);
    write(ring, counting(1, 500));
    const { read } = start(ring, [segment(0, 500)], { atFrame: 200 });
    const heard = read(3);
    expect(heard.findIndex((sample) => sample !== 0)).toBe(200);
    expect(heard.slice(200)).toEqual(counting(1, 184));
  });

  it('fades out on a pause, goes on where it stopped, and loses no frame', () => {
    const ring = createRing(1, 10_000, false);
    write(
      ring,
      Array.from({ length: 2_000 }, () => 1),
    );
    const { reader, read } = start(ring, [segment(0, 2_000)]);
    read(2);
    reader.move({ playing: false, step: 1, atFrame: 0 });
    const fading = read(2);
    expect(fading[0]).toBeGreaterThan(0.98);
    expect(fading.slice(QUANTUM).every((sample) => sample === 0)).toBe(true);
    const stoppedAt = ring.words[PLAYED];
    read(5);
    expect(ring.words[PLAYED]).toBe(stoppedAt);
    reader.move({ playing: true, step: 1, atFrame: 0 });
    expect(read(1)[0]).toBeLessThan(0.02);
  });

  it('says nothing of an item that is put on after the end, while it does not play', () => {
    const ring = createRing(1, 10_000, false);
    write(ring, counting(1, 100));
    const { reader, read } = start(ring, [segment(0, 100)]);
    read(2);
    reader.move({ playing: false, step: 1, atFrame: 0 });
    read(1);
    reader.timeline = { segments: [segment(100, 300)], final: true };
    write(ring, counting(101, 200));
    expect(read(2).every((sample) => sample === 0)).toBe(true);
  });

  it('takes twice as many frames at twice the rate, along the same curve', () => {
    const ring = createRing(1, 10_000, false);
    write(ring, counting(1, 1_000));
    const { read } = start(ring, [segment(0, 1_000)], { step: 2 });
    const heard = read(1);
    expect(heard.slice(2, 100)).toEqual(Array.from({ length: 98 }, (_, i) => 5 + 2 * i));
  });

  it('begins on its line: what has passed is left out, what is to come is waited for', () => {
    const ring = createRing(1, 10_000, false);
    write(ring, counting(0, 5_000));
    const { reader, read } = start(ring, [segment(0, 5_000)]);
    reader.move({ playing: true, step: 1, atFrame: 100, lineFrame: 1_000 });
    const late = read(2);
    expect(late.slice(0, 100).every((sample) => sample === 0)).toBe(true);
    expect(late.slice(100)).toEqual(counting(1_000, 156));

    ring.words[SKIP_TO] = 2_000;
    ring.words[SKIP_ASKED] = 1;
    // The line reaches frame 2,000 at the context's frame 456.
    reader.move({ playing: true, step: 1, atFrame: 256, lineFrame: 1_800 });
    const early = read(3);
    expect(early.findIndex((sample) => sample !== 0)).toBe(200);
    expect(early.slice(200)).toEqual(counting(2_000, 184));
  });

  it('falls silent at a frame with a short fade, and goes on from there', () => {
    const ring = createRing(1, 10_000, false);
    write(
      ring,
      Array.from({ length: 5_000 }, () => 1),
    );
    const { reader, read } = start(ring, [segment(0, 5_000)]);
    reader.move({ playing: true, step: 1, atFrame: 0, untilFrame: 3 * QUANTUM });
    const heard = read(8);
    expect(heard.slice(0, 3 * QUANTUM).every((sample) => sample === 1)).toBe(true);
    expect(heard.slice(3 * QUANTUM, 4 * QUANTUM).every((sample) => sample < 1)).toBe(true);
    expect(heard.slice(4 * QUANTUM).every((sample) => sample === 0)).toBe(true);
    expect(ring.words[UNDERRUNS]).toBe(0);
    reader.move({ playing: true, step: 1, atFrame: 0 });
    expect(read(3).at(-1)).toBe(1);
  });

  it('comes back on its line after it broke off', () => {
    const ring = createRing(1, 10_000, false);
    const { reader, read } = start(ring, [segment(0, 1e9)], { final: false });
    write(ring, counting(1, START_FRAMES));
    reader.move({ playing: true, step: 1, atFrame: 0, lineFrame: 0 });
    read(8);
    expect(ring.words[UNDERRUNS]).toBe(1);
    write(ring, counting(START_FRAMES + 1, RATE_HZ));
    expect(read(1)).toEqual(counting(8 * QUANTUM + 1, QUANTUM));
  });

  it.each([200, -200])('leaps by %i frames with a short fade, and counts no underrun', (frames) => {
    const ring = createRing(1, 10_000, false);
    write(ring, counting(1, 5_000));
    const { reader, read } = start(ring, [segment(0, 5_000)]);
    read(10);
    reader.move({
      playing: true,
      step: 1,
      atFrame: 10 * QUANTUM,
      lineFrame: 10 * QUANTUM + frames,
      anew: true,
    });
    read(5);
    expect(read(1)).toEqual(counting(15 * QUANTUM + frames + 1, QUANTUM));
    expect(ring.words[UNDERRUNS]).toBe(0);
  });

  it('bends no tone that music has while it is corrected by 0.3 %', () => {
    const ring = createRing(1, 60_000, false);
    const hz = 0.3;
    const tone = (frame: number) => Math.sin(frame * hz * Math.PI);
    write(
      ring,
      Array.from({ length: 50_000 }, (_, frame) => tone(frame)),
    );
    const { read } = start(ring, [segment(0, 50_000)], { step: 1.003 });
    const heard = read(300);
    const off = heard.map((sample, i) => Math.abs(sample - tone(i * 1.003))).slice(QUANTUM);
    expect(20 * Math.log10(Math.max(...off))).toBeLessThan(-60);
  });
});
