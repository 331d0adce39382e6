import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineWorld, openEngineWorld } from '../support/engine-world.ts';

const isHere = existsSync('/usr/bin/chromium') || process.env['CI'] === 'true';
const RATE_HZ = 44_100;
const OTHER_RATE_HZ = 48_000;
/** Of 16 bits, so that no encoder rounds them. */
const LOUD = 0.5;
const SOFT = 0.25;

/** Tracks of one level each: what is heard says by itself which of them sound, and how loudly. */
describe.runIf(isHere)('several decks', () => {
  let world: EngineWorld | undefined;
  beforeAll(async () => {
    world = await openEngineWorld({ isolated: true });
    await world.addLevel('loud-24', LOUD, 24, RATE_HZ);
    await world.addLevel('soft-24', SOFT, 24, RATE_HZ);
    await world.addLevel('loud-2', LOUD, 2, RATE_HZ);
    await world.addLevel('soft-2', SOFT, 2, OTHER_RATE_HZ);
  }, 120_000);
  afterAll(() => world?.[Symbol.asyncDispose]());

  const page = () => {
    if (!world) throw new Error('there is no page');
    return world.page;
  };

  it('sound together for 12 s with equal power, which is more than either holds decoded', async () => {
    const heard = await page().evaluate(async () => {
      const { lab } = window;
      await lab.make({ crossfadeMs: 12_000 }, true);
      const items = lab.items(['loud-24', 'soft-24'], 24_000);
      lab.engine.setQueue(items, { currentIndex: 0, positionMs: 10_000, play: true });
      while (lab.engine.positionMs() < 13_000 || lab.engine.state.currentIndex === 0)
        await new Promise((resolve) => setTimeout(resolve, 100));
      const samples = lab.heard();
      const begin = samples.findIndex((sample) => sample !== 0.5);
      const end = samples.findLastIndex((sample) => sample !== 0.25) + 1;
      let furthest = 0;
      for (let i = begin; i < end; i++) {
        const part = ((i - begin) / (end - begin)) * (Math.PI / 2);
        const wanted = 0.5 * Math.cos(part) + 0.25 * Math.sin(part);
        furthest = Math.max(furthest, Math.abs((samples[i] ?? 0) - wanted));
      }
      return { begin, frames: end - begin, furthest };
    });
    expect(heard.begin).toBeGreaterThan(0);
    expect(Math.abs(heard.frames - 12 * RATE_HZ)).toBeLessThan(RATE_HZ / 100);
    expect(heard.furthest).toBeLessThan(0.001);
  });

  it('of two rates follow each other with every sample of both', async () => {
    const heard = await page().evaluate(async () => {
      const { lab } = window;
      await lab.make({}, true);
      lab.engine.setQueue(lab.items(['loud-2', 'soft-2'], 2_000), { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      await lab.until('over', 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const samples = lab.heard();
      const count = (level: number) => samples.reduce((sum, sample) => sum + (sample === level ? 1 : 0), 0);
      return {
        loud: count(0.5),
        soft: count(0.25),
        other: samples.length - count(0) - count(0.5) - count(0.25),
      };
    });
    expect(heard).toEqual({ loud: 2 * RATE_HZ, soft: 2 * OTHER_RATE_HZ, other: 0 });
  });

  it('follow a change of rate in the middle of a crossfade without a break', async () => {
    const heard = await page().evaluate(async () => {
      const { lab } = window;
      await lab.make({ crossfadeMs: 12_000 }, true);
      const { engine } = lab;
      const items = lab.items(['loud-24', 'soft-24'], 24_000);
      engine.setQueue(items, { currentIndex: 0, positionMs: 11_000, play: true });
      const reaches = async (positionMs: number) => {
        while (engine.positionMs() < positionMs || engine.state.currentIndex === 0)
          await new Promise((resolve) => setTimeout(resolve, 20));
      };
      await reaches(2_000);
      engine.change({ rate: 1.5 });
      await reaches(13_000);
      const samples = lab.heard();
      let jumps = 0;
      for (let i = 1; i < samples.length; i++)
        if (Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)) > 0.001) jumps++;
      const fade = samples.filter((sample) => sample !== 0.5 && sample !== 0.25).length;
      return { jumps, last: samples.at(-1), seconds: fade / 44_100 };
    });
    expect(heard).toMatchObject({ jumps: 0, last: SOFT });
    // 12 s of music, of which something less than 10 were faster by half.
    expect(heard.seconds).toBeGreaterThan(8);
    expect(heard.seconds).toBeLessThan(11);
  });
});
