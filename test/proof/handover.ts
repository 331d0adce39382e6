import { setTimeout as delay } from 'node:timers/promises';
import { NOISE_RATE_HZ, openHandoverWorld } from '../support/handover-world.ts';
import { findNoise, THIN, thinned } from '../support/noise.ts';
import { gate, type Proof } from './proof.ts';
import { median } from './tools.ts';

const TIMES = 20;
/** Between two: sound systems settle, and the two pages agree about the time. */
const STAY_MS = 6_000;
/** Blocks of which each is silent or not. */
const BLOCK_MS = 1;
const SILENT = 0.002;
/** Where places are looked for: well before one falls silent, and well after the other begins. */
const LOOK_MS = 300;
const FAR_MS = 2_000;

const MS = NOISE_RATE_HZ / 1_000;
const THIN_MS = MS / THIN;

export const handover: Proof = {
  name: 'handover',
  shows: 'what is heard when music moves from one page to another, by true sound, over a real server',
  async run({ small, seed, say }) {
    const times = small ? 2 : TIMES;
    const stayMs = small ? 4_000 : STAY_MS;
    const seconds = Math.ceil((times * (stayMs + 2_000)) / 1_000) + 60;
    await using world = await openHandoverWorld(seconds, seed);
    const { pages, recorder, noise } = world;
    await delay(stayMs);
    for (let i = 0; i < times; i++) {
      await world.takeOver(pages[(i + 1) % 2] ?? pages[0]);
      await delay(stayMs);
    }
    const heard = recorder.heard();
    const sides = [0, 1].map((channel) => spansOf(heard, channel));
    const all = sides.flat().sort((one, other) => one.fromMs - other.fromMs);
    const voices = [0, 1].map((channel) => thinned(heard, { channels: 2, channel }));
    const thinNoise = thinned(noise);
    /** Of the place in the track to the recorder's time. */
    let aheadMs = 0;
    const joins = all.slice(1).map((coming, i) => {
      const leaving = all[i] ?? coming;
      const before = leaving.untilMs - LOOK_MS;
      const after = coming.fromMs + LOOK_MS;
      const left = placeOf(leaving.side, before);
      const came = left === undefined ? undefined : placeAt(coming.side, after, left + after - before);
      const errorMs = left === undefined || came === undefined ? undefined : came - left - (after - before);
      return { silenceMs: coming.fromMs - leaving.untilMs, errorMs };
    });
    for (const join of joins) say(JSON.stringify(join));
    const errors = joins.flatMap(({ errorMs }) => (errorMs === undefined ? [] : Math.abs(errorMs)));
    return {
      gates: { handovers: gate(joins.length, times), found: gate(errors.length, times) },
      figures: {
        silenceMs: round(median(joins.map(({ silenceMs }) => Math.max(0, silenceMs)))),
        worstSilenceMs: round(Math.max(...joins.map(({ silenceMs }) => silenceMs))),
        bothMs: round(median(joins.map(({ silenceMs }) => Math.max(0, -silenceMs)))),
        positionErrorMs: round(median(errors)),
        worstPositionErrorMs: round(Math.max(...errors)),
        joins,
      },
    };

    /** Where in the track a channel is: near where it was found last, or anywhere. */
    function placeOf(side: number, atMs: number): number | undefined {
      const anywhere = Array.from({ length: (seconds * 1_000) / FAR_MS }, (_, i) => i * FAR_MS);
      for (const nearMs of [atMs + aheadMs, ...anywhere]) {
        const found = placeAt(side, atMs, nearMs);
        if (found === undefined) continue;
        aheadMs = found - atMs;
        return found;
      }
      return undefined;
    }

    function placeAt(side: number, atMs: number, nearMs: number): number | undefined {
      const voice = voices[side] ?? heard;
      const found = findNoise(voice, thinNoise, atMs * THIN_MS, nearMs * THIN_MS, FAR_MS * THIN_MS);
      return found === undefined ? undefined : found / THIN_MS;
    }
  },
};

interface Span {
  readonly side: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** When a channel sounds; gaps that are shorter than a second belong to a span. */
function spansOf(heard: Float32Array, side: number): Span[] {
  const frames = Math.round(BLOCK_MS * MS);
  const spans: { side: number; fromMs: number; untilMs: number }[] = [];
  for (let block = 0; 2 * (block + 1) * frames <= heard.length; block++) {
    let most = 0;
    for (let i = block * frames; i < (block + 1) * frames; i++)
      most = Math.max(most, Math.abs(heard[2 * i + side] ?? 0));
    if (most < SILENT) continue;
    const fromMs = (block * frames) / MS;
    const untilMs = ((block + 1) * frames) / MS;
    const last = spans.at(-1);
    if (last && fromMs - last.untilMs < 1_000) last.untilMs = untilMs;
    else spans.push({ side, fromMs, untilMs });
  }
  return spans;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
