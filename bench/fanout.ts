import { atMost, type BenchResult, type Figure } from './support/bench.ts';
import { progress } from './support/measure.ts';
import { fanoutLevels, type MeasuredLevel, measureFanout, middleOf } from './support/measure-fanout.ts';

export const name = 'fanout';
export const aim =
  'A command of one device, through the log, to every device of its playback session; beside it bare `ws`, which passes messages on.';

const RUNS = 5;

export async function run(): Promise<BenchResult> {
  const say = (text: string): void => progress(`  ${text}`);
  const measured = await measureFanout({ levels: fanoutLevels, runs: RUNS, say });
  const rates = measured.map(({ level: { perSecond, commands } }) => `${commands} at ${perSecond} a second`);
  return {
    figures: measured.flatMap(figuresOf),
    notes: [
      `Medians of ${RUNS} runs, the bare server and Clef in turn, each with a new load generator, a process on the same machine. "To all" is from the send of a command until the last device of its session has the state with it: the log's word, nothing tentative. "To each" counts every device by itself. Both ends are of one clock. Commands a run: ${rates.join('; ')}. Every device beats, and one of each session plays. A level that says "at once" has every session send one command in the same moment.`,
    ],
  };
}

function figuresOf({ level, clef, echo }: MeasuredLevel): Figure[] {
  const { sessions, devicesASession, aimMs } = level;
  const devices = (sessions * devicesASession).toLocaleString('en');
  const at =
    sessions === 1 ? `${devices} devices` : `${devices} devices of ${sessions.toLocaleString('en')} sessions`;
  const all = middleOf(clef, ({ heardByAll }) => heardByAll);
  const bare = middleOf(echo, ({ heardByAll }) => heardByAll);
  const each = middleOf(clef, ({ heard }) => heard);
  const ms = (what: string, value: number): Figure => ({ name: `${at}: ${what}`, value, unit: 'ms' });
  return [
    ms('p50 to all', all.p50Ms),
    { ...ms('p99 to all', all.p99Ms), aim: atMost(aimMs) },
    ms('maximum to all', all.maxMs),
    ms('p99 to each', each.p99Ms),
    ms('bare ws, p50 to all', bare.p50Ms),
    ms('bare ws, p99 to all', bare.p99Ms),
    ms('bare ws, maximum to all', bare.maxMs),
    ...(level.atOnce
      ? [
          ms('p99 to all, at once', middleOf(clef, ({ atOnce }) => atOnce).p99Ms),
          ms('bare ws, p99 to all, at once', middleOf(echo, ({ atOnce }) => atOnce).p99Ms),
        ]
      : []),
  ];
}
