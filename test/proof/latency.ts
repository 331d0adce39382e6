import { engineFormats } from '../support/engine-music.ts';
import { type EngineWorld, openEngineWorld } from '../support/engine-world.ts';
import { seededRandom } from '../support/random.ts';
import { clefTimes } from './clef-latency.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const SECONDS = 60;
const DELAY_MS = 50;

/** From a click to the first samples that the audio thread puts out. What the device adds comes on top. */
export const latency: Proof = {
  name: 'latency',
  shows: 'click to sound, cold and prefetched; seeks in every format: one round trip and at most two chunks',
  async run({ small, seed, say }) {
    await using world = await openEngineWorld();
    const times = small ? 3 : 15;
    const random = seededRandom(seed);
    const figures: Record<string, unknown> = {};
    let mostChunks = 0;
    for (const delayMs of [0, DELAY_MS]) {
      const ready: number[] = [];
      const starts: number[] = [];
      const skips: number[] = [];
      const seeks: Record<string, unknown> = {};
      for (const format of small ? engineFormats.slice(0, 1) : engineFormats) {
        world.server.delayMs = 0;
        const [id = ''] = await world.cut('long', format, SECONDS, []);
        world.server.delayMs = delayMs;
        for (let i = 0; i < times; i++)
          ready.push(await world.page.evaluate((id) => window.lab.firstPcmMs(id, 0), id));
        const { start, skip } = await starting(world, id, times);
        starts.push(...start);
        skips.push(...skip);
        const sought = await seeking(world, id, times, random);
        mostChunks = Math.max(mostChunks, sought.mostChunks);
        seeks[format] = spread(sought.times);
      }
      figures[`with ${delayMs} ms added`] = {
        firstPcm: spread(ready),
        start: spread(starts),
        prefetched: spread(skips),
        seeks,
      };
      say(
        `with ${delayMs} ms added: first PCM ${median(ready)} ms, start ${median(starts)} ms, prefetched ${median(skips)} ms`,
      );
    }
    await world[Symbol.asyncDispose]();
    // In small, the player's own tests do it.
    const clef = small ? {} : await clefTimes(times, random);
    figures['of a real Clef, FLAC'] = Object.fromEntries(
      Object.entries(clef).map(([name, { firstPcm, starts, seeks, earlySeeks }]) => [
        name,
        {
          firstPcm: spread(firstPcm),
          start: spread(starts),
          seek: spread(seeks),
          earlySeek: spread(earlySeeks),
        },
      ]),
    );
    return { gates: { seekChunksAtMost2: gate(mostChunks <= 2, true) }, figures };
  },
};

function spread(times: readonly number[]) {
  const round = (value: number) => Number(value.toFixed(1));
  return { medianMs: round(median(times)), p90Ms: round(quantile(times, 0.9)), times: times.length };
}

/** A track of which nothing is here, and the one after it, which was fetched ahead. */
async function starting({ page }: EngineWorld, id: string, times: number) {
  return page.evaluate(
    async ([id, times, durationMs]) => {
      const { lab } = window;
      await lab.make({}, false);
      const start: number[] = [];
      const skip: number[] = [];
      for (let i = 0; i < times; i++) {
        const items = lab.items([id, id], durationMs);
        const atMs = performance.now();
        lab.engine.setQueue(items, { currentIndex: 0, play: true });
        start.push(await lab.until('sounding', atMs));
        await new Promise((resolve) => setTimeout(resolve, 700));
        const skipMs = performance.now();
        lab.engine.next();
        skip.push(await lab.until('sounding', skipMs));
        lab.engine.setQueue([], { currentIndex: -1, play: false });
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      return { start, skip };
    },
    [id, times, SECONDS * 1000] as const,
  );
}

async function seeking({ page }: EngineWorld, id: string, times: number, random: () => number) {
  const positions = Array.from({ length: times }, () => random() * (SECONDS - 1) * 1000);
  return page.evaluate(
    async ([id, positions, durationMs]) => {
      const { lab } = window;
      const seeks: number[] = [];
      let mostChunks = 0;
      for (const positionMs of positions) {
        lab.engine.setQueue(lab.items([id], durationMs), { currentIndex: 0, play: true, positionMs: 0 });
        await lab.until('sounding', 0);
        const first = lab.asked.length;
        const atMs = performance.now();
        lab.engine.seek(positionMs);
        const tookMs = await lab.until('sounding', atMs);
        seeks.push(tookMs);
        const asked = lab.asked.slice(first).filter((ask) => ask.atMs < atMs + 1);
        mostChunks = Math.max(mostChunks, asked.length);
      }
      return { times: seeks, mostChunks };
    },
    [id, positions, SECONDS * 1000] as const,
  );
}
