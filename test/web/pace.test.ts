import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skew } from '../proof/skew.ts';
import { fileOfPackage } from '../support/debian.ts';
import { noiseOf } from '../support/noise.ts';
import { openPacedWorld, type PacedWorld } from '../support/paced-world.ts';

const RATE_HZ = 44_100;
const LEAD_MS = 500;
const isHere = existsSync('/usr/bin/chromium') || process.env['CI'] === 'true';

describe.runIf(isHere)('two pages that follow one session', () => {
  let world: PacedWorld | undefined;
  beforeAll(async () => {
    world = await openPacedWorld({ pageCount: 2, leadMs: LEAD_MS, together: true });
    const tracks = [60, 20].map((seconds, i) => {
      const noise = noiseOf(i + 1, seconds, RATE_HZ);
      const samples = new Float32Array(2 * noise.length).map((_, at) => noise[at >> 1] ?? 0);
      return [samples, samples];
    });
    await world.addTracks(tracks, RATE_HZ);
    await world.join([
      { ppm: 300, sinceMs: performance.now() },
      { ppm: -200, sinceMs: performance.now() },
    ]);
  }, 120_000);
  afterAll(() => world?.[Symbol.asyncDispose]());

  const here = () => {
    if (!world) throw new Error('there are no pages');
    return world;
  };
  const ask = () =>
    Promise.all(
      here().pages.map((page) =>
        page.evaluate(() => {
          const { engine, paced } = window.lab;
          const { status, currentIndex } = engine.state;
          return {
            status,
            currentIndex,
            positionMs: engine.positionMs(),
            isMeasured: 'errorMs' in paced.report(),
          };
        }),
      ),
    );
  const both = (seen: object) => [expect.objectContaining(seen), expect.objectContaining(seen)];

  it('sound once the start has come that was scheduled, and measure how far they are from it', async () => {
    await here().act({ type: 'play' });
    await expect.poll(ask).toEqual(both({ status: 'playing', currentIndex: 0, isMeasured: true }));
  });

  it('go where a seek and a skip send them', async () => {
    await here().act({ type: 'seek', positionMs: 40_000 });
    await expect
      .poll(async () =>
        (await ask()).every(({ status, positionMs }) => status === 'playing' && positionMs > 40_000),
      )
      .toBe(true);
    await here().act({ type: 'next' });
    await expect.poll(ask).toEqual(both({ status: 'playing', currentIndex: 1 }));
  });

  it('stand at one place after a pause, to the sample', async () => {
    await here().act({ type: 'pause' });
    const { positionMs = 0 } = here().told.at(-1)?.state.main ?? {};
    const stand = { status: 'paused', currentIndex: 1, positionMs: expect.closeTo(positionMs, 1) as number };
    await expect.poll(ask).toEqual(both(stand));
  });

  it('go on together, and one that leaves plays on by itself, uncorrected', async () => {
    await here().act({ type: 'play' });
    await expect.poll(ask).toEqual(both({ status: 'playing', isMeasured: true }));
    const [page] = here().pages;
    await page?.evaluate(() => {
      window.lab.paced.leave();
      window.lab.engine.keepPace?.(undefined);
    });
    const [left, other] = await ask();
    expect(left).toMatchObject({ status: 'playing', isMeasured: false });
    expect(other).toMatchObject({ status: 'playing' });
  });
});

it('two pages in two processes are heard, and told apart', { timeout: 120_000 }, async (context) => {
  fileOfPackage('chromium', '/usr/bin/chromium', context);
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  fileOfPackage('pulseaudio', '/usr/bin/pulseaudio', context);
  fileOfPackage('pulseaudio-utils', '/usr/bin/parec', context);
  const { gates } = await skew.run({ small: true, seed: 1, say: () => undefined });
  for (const { got, wanted } of Object.values(gates)) expect(got).toBe(wanted);
});
