import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ByteReader } from '../probe/byte-reader.ts';
import { imageTypeOf } from '../probe/image-type.ts';
import { parseMedia } from '../probe/parse-media.ts';
import { makeDemoAlbum } from './index.ts';
import { play, SAMPLE_RATE_HZ } from './instruments.ts';
import { PIECES } from './pieces.ts';
import { render } from './render.ts';
import { lengthOf, pitchOf, voice } from './score.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-demo-'));
  await makeDemoAlbum(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Strength of one frequency in the middle of a note. */
function strength(samples: Float32Array, hz: number): number {
  const count = 16_384;
  const from = Math.round(0.1 * SAMPLE_RATE_HZ);
  let re = 0;
  let im = 0;
  for (let i = 0; i < count; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / count);
    const angle = (2 * Math.PI * hz * i) / SAMPLE_RATE_HZ;
    re += (samples[from + i] ?? 0) * window * Math.cos(angle);
    im += (samples[from + i] ?? 0) * window * Math.sin(angle);
  }
  return Math.hypot(re, im);
}

describe('the demo album', () => {
  test('is a cover and a few tagged pieces, each of half a minute to a minute and a half', async () => {
    const names = (await readdir(folder)).toSorted();
    expect(names).toHaveLength(PIECES.length + 1);
    expect(imageTypeOf(await readFile(join(folder, 'cover.png')))).toBe('image/png');
    for (const [index, piece] of PIECES.entries()) {
      const bytes = await readFile(join(folder, names[index] ?? ''));
      const found = await parseMedia(
        new ByteReader(bytes.length, async (offset, length) => bytes.subarray(offset, offset + length)),
      );
      expect(found.isCutShort).toBe(false);
      expect(found.audio).toMatchObject({
        sampleRateHz: 44_100,
        bitDepth: 16,
        channelCount: 2,
        suffix: 'wav',
      });
      expect(found.audio.durationMs).toBeGreaterThan(30_000);
      expect(found.audio.durationMs).toBeLessThan(92_000);
      expect(found.tags).toMatchObject({
        title: piece.title,
        album: 'First Sound',
        albumArtists: ['The Clef Synthesiser'],
        composers: [piece.composer],
        genres: [piece.genre],
        trackNumber: index + 1,
        year: 2026,
      });
    }
  });

  test('is neither clipped nor faint, on both sides', async () => {
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.wav')) continue;
      const bytes = await readFile(join(folder, name));
      const at = bytes.indexOf('data') + 8;
      const power = [0, 0];
      let peak = 0;
      const count = (bytes.length - at) >> 2;
      for (let i = 0; i < count * 2; i++) {
        const sample = bytes.readInt16LE(at + i * 2);
        peak = Math.max(peak, Math.abs(sample));
        power[i % 2] = (power[i % 2] ?? 0) + sample * sample;
      }
      expect(peak).toBeLessThan(32_000);
      for (const side of power) {
        const rms = Math.sqrt(side / count) / 32_768;
        expect(rms).toBeGreaterThan(0.03);
        expect(rms).toBeLessThan(0.2);
      }
    }
  });

  test('is made once: what is there stays', async () => {
    const cover = join(folder, 'cover.png');
    const before = await stat(cover);
    await writeFile(join(folder, '.leftover'), '');
    await makeDemoAlbum(folder);
    expect((await stat(cover)).mtimeMs).toBe(before.mtimeMs);
  });

  test('sounds the same every time', () => {
    const [shortest] = PIECES.toSorted(
      (a, b) =>
        a.unitSeconds * lengthOf(a.parts.flatMap((p) => p.notes)) -
        b.unitSeconds * lengthOf(b.parts.flatMap((p) => p.notes)),
    );
    if (!shortest) throw new Error('there are no pieces');
    const [one, two] = [render(shortest), render(shortest)];
    expect(Buffer.from(one.left.buffer).equals(Buffer.from(two.left.buffer))).toBe(true);
    expect(Buffer.from(one.right.buffer).equals(Buffer.from(two.right.buffer))).toBe(true);
  });
});

describe('its instruments', () => {
  test.each(['piano', 'guitar', 'harpsichord'] as const)('the %s is in tune', (instrument) => {
    for (const pitch of [43, 57, 69, 81]) {
      const samples = play(instrument, pitch, 1);
      const at = (cents: number): number => strength(samples, 440 * 2 ** ((pitch - 69 + cents / 100) / 12));
      expect(at(0)).toBeGreaterThan(at(-25));
      expect(at(0)).toBeGreaterThan(at(25));
    }
  });
});

describe('written notes', () => {
  test('have pitches, lengths, chords and rests', () => {
    expect(pitchOf('A4')).toBe(69);
    expect(pitchOf('Bb3')).toBe(58);
    expect(() => pitchOf('H4')).toThrow(RangeError);
    expect(voice('C4:2 E4 | -:3 C4+G4:1', 0.5)).toEqual([
      { start: 0, duration: 2, pitch: 60, velocity: 0.5 },
      { start: 2, duration: 2, pitch: 64, velocity: 0.5 },
      { start: 7, duration: 1, pitch: 60, velocity: 0.5 },
      { start: 7, duration: 1, pitch: 67, velocity: 0.5 },
    ]);
  });

  test('the hands of each piece end together', () => {
    for (const { title, parts } of PIECES) {
      const ends = parts.map(({ notes }) => lengthOf(notes));
      expect(Math.max(...ends) - Math.min(...ends), title).toBeLessThanOrEqual(6);
    }
  });
});
