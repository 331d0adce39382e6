import { setTimeout as delay } from 'node:timers/promises';
import { inProof } from '../support/debian.ts';
import { type HeardMoment, heardMoments, skewOf, type Voice } from '../support/heard-places.ts';
import { noiseOf, thinned } from '../support/noise.ts';
import { openPacedWorld, type PacedWorld } from '../support/paced-world.ts';
import { type SimulatedClock, sharedTimeOf } from '../support/simulated-clock.ts';
import { type SoundCard, startSoundCard } from '../support/sound-card.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const RATE_HZ = 44_100;
const RUNS = 10;
/** What programs hand over to the sound card ahead. */
const LATENCY_MS = 200;
/** How far ahead a start is scheduled. */
const LEAD_MS = 700;
/** One a page: what its own clock is off by. */
const CLOCKS_PPM = [300, -200, 100, 0];
const SETTLED_AFTER_MS = 25_000;
/** After each thing that was asked for. */
const LOOKED_AT_MS = 4_000;
const FIRST_SECONDS = 90;
const SECOND_SECONDS = 30;
const SEEK_TO_MS = 60_000;
const METHOD_SECONDS = 10;

/** Each stretch of a run in which the pages are held against each other. */
interface Stretch {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export const skew: Proof = {
  name: 'skew',
  shows: 'how far apart pages in two and in four processes are heard that play in step, by true sound',
  async run({ small, seed, say }) {
    if (small) {
      const [run] = await runsOf({ pageCount: 2, runs: 1, seed, seconds: 6, say });
      return {
        gates: { bothSound: gate(run !== undefined && run.heard > 5, true) },
        figures: { run },
      };
    }
    const method = { two: await methodError(2, seed), four: await methodError(4, seed) };
    say(`the method by itself: ${JSON.stringify(method)}`);
    const two = await runsOf({ pageCount: 2, runs: RUNS, seed, say });
    const four = await runsOf({ pageCount: 4, runs: RUNS, seed, say });
    const all = [...two, ...four];
    return {
      gates: {
        runs: gate(all.length, 2 * RUNS),
        allHeard: gate(all.filter(({ heard }) => heard > 100).length, 2 * RUNS),
      },
      figures: {
        note: 'one null sink is one sample clock: what two sound cards drift apart is simulated in what the pages know of the time',
        method,
        two: { median: mediansOf(two), runs: two },
        four: { median: mediansOf(four), runs: four },
      },
    };
  },
};

interface Spread {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of so many moments in which all were heard. */
  readonly moments: number;
}

interface Run {
  readonly stretches: Readonly<Record<string, Spread>>;
  /** Moments in which all pages were heard. */
  readonly heard: number;
  /** What each page believed at the end of the settled stretch. */
  readonly pages: readonly unknown[];
}

async function runsOf(options: {
  readonly pageCount: number;
  readonly runs: number;
  readonly seed: number;
  /** Of the first track, which is then all that is played. */
  readonly seconds?: number;
  readonly say: (text: string) => void;
}): Promise<Run[]> {
  const { pageCount, runs, seed, seconds, say } = options;
  await using card = await startSoundCard(inProof, RATE_HZ, LATENCY_MS);
  const { environment } = card;
  await using world = await openPacedWorld({ pageCount, leadMs: LEAD_MS, loud: true, environment });
  const lengths = seconds === undefined ? [FIRST_SECONDS, SECOND_SECONDS] : [seconds];
  const noises = Array.from({ length: pageCount }, (_, page) =>
    lengths.map((length, place) => noiseOf(seed + 10 * page + place, length, RATE_HZ)),
  );
  await world.addTracks(
    lengths.map((_, place) =>
      noises.map((ofPage, page) => stereo(ofPage[place], pageCount === 2 ? page : undefined)),
    ),
    RATE_HZ,
  );
  const done: Run[] = [];
  for (let i = 0; i < runs; i++) {
    const run = await runOnce(card, world, noises, seconds === undefined);
    say(`${pageCount} pages, run ${i + 1}: ${JSON.stringify(run.stretches)}`);
    done.push(run);
  }
  return done;
}

async function runOnce(
  card: SoundCard,
  world: PacedWorld,
  noises: readonly (readonly Float32Array[])[],
  isWhole: boolean,
): Promise<Run> {
  const clocks = noises.map(
    (_, i): SimulatedClock => ({
      ppm: CLOCKS_PPM[i] ?? 0,
      sinceMs: performance.now(),
    }),
  );
  await using recorder = await card.record();
  await world.join(clocks);
  const stretches: Stretch[] = [];
  const act = async (name: string, action: Parameters<PacedWorld['act']>[0]) => {
    await world.act(action);
    const fromMs = world.told.at(-1)?.state.main.atMs ?? 0;
    stretches.push({ name, fromMs: fromMs + 150, toMs: fromMs + LOOKED_AT_MS });
    return fromMs;
  };
  const startMs = await act('first seconds of a cold start', { type: 'play' });
  stretches.push({ name: '2 s after a cold start', fromMs: startMs + 2_000, toMs: startMs + LOOKED_AT_MS });
  let pages: readonly unknown[] = [];
  if (isWhole) {
    const untilMs = startMs + SETTLED_AFTER_MS + 10_000;
    stretches.push({ name: 'settled', fromMs: startMs + SETTLED_AFTER_MS, toMs: untilMs });
    await delay(untilMs - performance.now());
    pages = await reportsOf(world, clocks);
    await act('seek', { type: 'seek', positionMs: SEEK_TO_MS });
    await delay(LEAD_MS + LOOKED_AT_MS);
    await act('skip', { type: 'next' });
    await delay(LEAD_MS + LOOKED_AT_MS);
    await world.act({ type: 'pause' });
    await delay(1_500);
    await act('resume', { type: 'play' });
    await delay(LEAD_MS + LOOKED_AT_MS);
  } else {
    await delay(startMs + LOOKED_AT_MS - performance.now());
    pages = await reportsOf(world, clocks);
  }
  const recorded = recorder.heard();
  await world.act({ type: 'pause' });
  const voices = noises.map(
    (ofPage, page): Voice => ({
      heard: thinned(recorded, { channels: 2, channel: noises.length === 2 ? page : 0 }),
      noises: ofPage.map((noise) => thinned(noise)),
      clock: clocks[page] ?? { ppm: 0, sinceMs: 0 },
    }),
  );
  const moments = heardMoments(voices, world.told, recorder.sinceMs, RATE_HZ);
  return {
    heard: moments.filter((moment) => skewOf(moment) !== undefined).length,
    stretches: Object.fromEntries(stretches.map((stretch) => [stretch.name, spreadOf(moments, stretch)])),
    pages,
  };
}

/** What each page believes of itself, and by how much it is wrong about the time. */
async function reportsOf(world: PacedWorld, clocks: readonly SimulatedClock[]) {
  return Promise.all(
    world.pages.map(async (page, i) => {
      const { sharedMs, timeOfDayMs, ...report } = await page.evaluate(() => window.lab.paced.report());
      const trueMs = sharedTimeOf(clocks[i] ?? { ppm: 0, sinceMs: 0 }, timeOfDayMs - performance.timeOrigin);
      return { ...report, clockErrorMs: sharedMs - trueMs };
    }),
  );
}

/** The same sound through one page into both channels, or all noises in one: what then lies apart is the method's. */
async function methodError(voiceCount: number, seed: number): Promise<Spread> {
  await using card = await startSoundCard(inProof, RATE_HZ, LATENCY_MS);
  const { environment } = card;
  await using world = await openPacedWorld({ pageCount: 1, leadMs: LEAD_MS, loud: true, environment });
  const noises = Array.from({ length: voiceCount }, (_, i) =>
    noiseOf(seed + 10 * i, METHOD_SECONDS, RATE_HZ),
  );
  const [first = new Float32Array()] = noises;
  const mixed = first.map((_, i) => noises.reduce((sum, noise) => sum + (noise[i] ?? 0), 0));
  await world.addTracks([[stereo(voiceCount === 2 ? first : mixed)]], RATE_HZ);
  const clock = { ppm: CLOCKS_PPM[0] ?? 0, sinceMs: performance.now() };
  await using recorder = await card.record();
  await world.join([clock]);
  await world.act({ type: 'play' });
  await delay(1_000 * METHOD_SECONDS);
  const recorded = recorder.heard();
  const voices = noises.map(
    (noise, i): Voice => ({
      heard: thinned(recorded, { channels: 2, channel: voiceCount === 2 ? i : 0 }),
      noises: [thinned(voiceCount === 2 ? first : noise)],
      clock,
    }),
  );
  const moments = heardMoments(voices, world.told, recorder.sinceMs, RATE_HZ);
  return spreadOf(moments, { name: '', fromMs: 0, toMs: Number.POSITIVE_INFINITY });
}

function spreadOf(moments: readonly HeardMoment[], { fromMs, toMs }: Stretch): Spread {
  const skews = moments
    .filter(({ atMs, lateMs }) => {
      // The recorder has it later by what it took on its way.
      const dueMs = atMs - (lateMs.find((late) => late !== undefined) ?? 0);
      return dueMs >= fromMs && dueMs < toMs;
    })
    .flatMap((moment) => skewOf(moment) ?? []);
  const round = (value: number) => Number(value.toFixed(3));
  return {
    medianMs: round(median(skews)),
    p99Ms: round(quantile(skews, 0.99)),
    moments: skews.length,
  };
}

/** Of all runs, for each stretch. */
function mediansOf(runs: readonly Run[]) {
  const names = Object.keys(runs[0]?.stretches ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const spreads = runs.flatMap(({ stretches }) => stretches[name] ?? []);
      return [
        name,
        {
          medianMs: median(spreads.map(({ medianMs }) => medianMs)),
          p99Ms: median(spreads.map(({ p99Ms }) => p99Ms)),
        },
      ];
    }),
  );
}

/** In one channel, or in both. */
function stereo(mono: Float32Array = new Float32Array(), channel?: number): Float32Array {
  const samples = new Float32Array(2 * mono.length);
  for (let i = 0; i < mono.length; i++) {
    if (channel !== 1) samples[2 * i] = mono[i] ?? 0;
    if (channel !== 0) samples[2 * i + 1] = mono[i] ?? 0;
  }
  return samples;
}
