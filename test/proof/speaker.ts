import { setTimeout as delay } from 'node:timers/promises';
import type { Action, NewOutput } from '../../src/playback/session/index.ts';
import { inProof } from '../support/debian.ts';
import { type HeardMoment, heardMoments, skewOf } from '../support/heard-places.ts';
import { openSpeakerWorld, sideVoice, SPEAKER_RATE_HZ, type SpeakerWorld } from '../support/speaker-world.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const RUNS = 10;
const AIM_MS = 20;
/** What the speaker's device holds: a machine that does other things is then no gap of ours. */
const DEVICE_LATENCY_MS = 400;
const SETTLED_AFTER_MS = 12_000;
const SETTLED_FOR_MS = 10_000;
/** After each thing that was asked for. */
const LOOKED_AT_MS = 4_000;
const FIRST_SECONDS = 60;
const SECOND_SECONDS = 30;
const SEEK_TO_MS = 35_000;

interface Stretch {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Spread {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** Of so many moments in which both were heard, */
  readonly moments: number;
  /** and so many in which one was not. */
  readonly unheard: { readonly speaker: number; readonly page: number };
  /**
   * By how much later than the session says each is recorded. That holds what all sound takes to the recorder, and what the
   * test's own view of log time drifts by: only how the two differ says something.
   */
  readonly lateMs: { readonly speaker: number; readonly page: number };
}

type Run = Readonly<Record<string, Spread>>;

export const speaker: Proof = {
  name: 'speaker',
  shows: 'how far apart `clef speaker` and a page are heard in one group, by true sound, over a real server',
  async run({ small, seed, say }) {
    const seconds = small ? [20] : [FIRST_SECONDS, SECOND_SECONDS];
    await using world = await openSpeakerWorld(inProof, { seed, seconds });
    const flags = ['--device', 'left', '--latency', String(DEVICE_LATENCY_MS), '--play', '--verbose'];
    await using kitchen = await world.startSpeaker('Kitchen', flags);
    const page = await world.openPage();
    await world.phone.do({ type: 'output.add', output: outputOf(page) });
    const runs: Run[] = [];
    for (let i = 0; i < (small ? 1 : RUNS); i++) {
      const run = await runOnce(world, small);
      say(`run ${i + 1}: ${JSON.stringify(run)}`);
      runs.push(run);
    }
    const exit = await kitchen.stop();
    const spreads = runs.flatMap((run) => Object.values(run));
    return {
      gates: {
        runs: gate(runs.length, small ? 1 : RUNS),
        bothHeard: gate(spreads.filter(({ moments }) => moments > 5).length, spreads.length),
        leftCleanly: gate(exit === 0, true),
      },
      figures: {
        note: 'one null sink is one sample clock; two real sound cards are not in it',
        aimMs: AIM_MS,
        median: mediansOf(runs),
        runs,
      },
    };
  },
};

async function runOnce(world: SpeakerWorld, isShort: boolean): Promise<Run> {
  const { phone, card, queue } = world;
  await using recorder = await card.record();
  const stretches: Stretch[] = [];
  const startOf = async (action: Action): Promise<number> => {
    const outcome = await phone.do(action);
    if (outcome !== 'applied') throw new Error(`${action.type} was refused: ${outcome}`);
    return world.told().at(-1)?.state.main.atMs ?? 0;
  };
  const act = async (name: string, action: Action): Promise<number> => {
    const startMs = await startOf(action);
    stretches.push({ name, fromMs: startMs + 200, toMs: startMs + LOOKED_AT_MS });
    return startMs;
  };
  const items = [...queue];
  const startMs = await act('start', {
    type: 'queue.replace',
    items,
    startIndex: 0,
    positionMs: 0,
    play: true,
  });
  if (isShort) {
    await delay(startMs + LOOKED_AT_MS - performance.now());
  } else {
    const untilMs = startMs + SETTLED_AFTER_MS + SETTLED_FOR_MS;
    stretches.push({ name: 'settled', fromMs: startMs + SETTLED_AFTER_MS, toMs: untilMs });
    await delay(untilMs - performance.now());
    for (const [name, action] of [
      ['seek', { type: 'seek', positionMs: SEEK_TO_MS }],
      ['skip', { type: 'next' }],
    ] as const)
      await delay((await act(name, action)) + LOOKED_AT_MS - performance.now());
    await startOf({ type: 'pause' });
    await delay(1_500);
    await delay((await act('resume', { type: 'play' })) + LOOKED_AT_MS - performance.now());
  }
  // What is heard last is recorded a little later.
  await delay(500);
  const heard = recorder.heard();
  await startOf({ type: 'pause' });
  const voices = ([0, 1] as const).map((channel) => sideVoice(heard, channel, world.noises));
  const moments = heardMoments(voices, world.told(), recorder.sinceMs, SPEAKER_RATE_HZ);
  return Object.fromEntries(stretches.map((stretch) => [stretch.name, spreadOf(moments, stretch)]));
}

function outputOf(outputId: string): NewOutput {
  return { outputId, name: 'Page', kind: 'page', volume: 1, muted: false, delayMs: 0, leadMs: 400 };
}

function spreadOf(moments: readonly HeardMoment[], { fromMs, toMs }: Stretch): Spread {
  const looked = moments.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const skews = looked.flatMap((moment) => skewOf(moment) ?? []);
  return {
    medianMs: round(median(skews)),
    p99Ms: round(quantile(skews, 0.99)),
    worstMs: round(Math.max(0, ...skews)),
    moments: skews.length,
    unheard: { speaker: unheardOf(looked, 0), page: unheardOf(looked, 1) },
    lateMs: { speaker: lateOf(looked, 0), page: lateOf(looked, 1) },
  };
}

function unheardOf(moments: readonly HeardMoment[], side: 0 | 1): number {
  return moments.filter(({ lateMs }) => lateMs[side] === undefined).length;
}

function lateOf(moments: readonly HeardMoment[], side: 0 | 1): number {
  return round(median(moments.flatMap(({ lateMs }) => lateMs[side] ?? [])));
}

/** Of all runs, for each stretch. */
function mediansOf(runs: readonly Run[]) {
  return Object.fromEntries(
    Object.keys(runs[0] ?? {}).map((name) => {
      const spreads = runs.flatMap((run) => run[name] ?? []);
      const of = (key: 'medianMs' | 'p99Ms' | 'worstMs') => median(spreads.map((spread) => spread[key]));
      return [name, { medianMs: of('medianMs'), p99Ms: of('p99Ms'), worstMs: of('worstMs') }];
    }),
  );
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
