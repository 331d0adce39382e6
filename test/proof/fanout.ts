import {
  fanoutLevels,
  measureFanout,
  type MeasuredLevel,
  middleOf,
} from '../../bench/support/measure-fanout.ts';
import type { FanoutReport, Spread } from '../../bench/support/load-job.ts';
import { type Fall, fallOf } from '../support/falling-server.ts';
import { seededRandom } from '../support/random.ts';
import { gate, type Gate, type Proof } from './proof.ts';
import { quantile } from './tools.ts';

const SMALL_LEVELS = [
  { sessions: 1, devicesASession: 20, commands: 20, perSecond: 50, atOnce: false, aimMs: 25 },
  { sessions: 12, devicesASession: 5, commands: 24, perSecond: 50, atOnce: true, aimMs: 250, isAlone: true },
];
const BUCKET_MS = 100;

/** A command reaches every device, at once and exactly once; also those of a server that is killed under them. */
export const fanout: Proof = {
  name: 'fanout',
  shows:
    'one command to 100, 1,000 and 10,000 devices beside bare ws, and a server killed with 500 devices on it: none misses anything',
  async run({ small, seed, say }) {
    const runs = small ? 1 : 5;
    const measured = await measureFanout({ levels: small ? SMALL_LEVELS : fanoutLevels, runs, say });
    say('the server is killed');
    const fall = await fallOf({
      sessions: small ? 4 : 50,
      devicesASession: 10,
      commands: small ? 4 : 6,
      random: seededRandom(seed),
    });
    const reports = measured.flatMap(({ clef }) => clef);
    return {
      gates: { ...gatesOf(reports), ...gatesOfFall(fall) },
      figures: {
        runs,
        levels: measured.map(figuresOf),
        killed: {
          devices: fall.devices,
          commands: fall.commands,
          acknowledgedBefore: fall.acknowledged,
          backMs: {
            first: round(fall.backMs[0] ?? 0),
            median: round(quantile(fall.backMs, 0.5)),
            last: round(fall.backMs.at(-1) ?? 0),
          },
          [`mostBackWithin${BUCKET_MS}Ms`]: mostTogether(fall.backMs),
        },
      },
    };
  },
};

function gatesOf(reports: readonly FanoutReport[]): Record<string, Gate> {
  const sum = (of: (report: FanoutReport) => number): number =>
    reports.reduce((total, one) => total + of(one), 0);
  return {
    notAcknowledged: gate(
      sum(({ commands, acknowledged }) => commands - acknowledged),
      0,
    ),
    refused: gate(
      sum(({ refused }) => refused),
      0,
    ),
    notHeard: gate(
      sum(({ lost }) => lost),
      0,
    ),
    heardTwice: gate(
      sum(({ doubled }) => doubled),
      0,
    ),
    devicesAtAnotherEnd: gate(
      sum(({ behind }) => behind),
      0,
    ),
    socketsThatEnded: gate(
      sum(({ failures }) => failures.length),
      0,
    ),
  };
}

function gatesOfFall(fall: Fall): Record<string, Gate> {
  return {
    'killed: acknowledged and lost': gate(fall.acknowledgedLost, 0),
    'killed: lost': gate(fall.lost, 0),
    'killed: applied twice': gate(fall.appliedTwice, 0),
    'killed: refused': gate(fall.refused, 0),
    'killed: devices that show something else': gate(fall.differing, 0),
    'killed: devices that are back': gate(fall.backMs.length, fall.devices),
  };
}

function figuresOf({ level, clef, echo }: MeasuredLevel): Record<string, unknown> {
  const { sessions, devicesASession, aimMs } = level;
  const toAll = rounded(middleOf(clef, ({ heardByAll }) => heardByAll));
  return {
    devices: sessions * devicesASession,
    sessions,
    aimP99Ms: aimMs,
    isMet: toAll.p99Ms <= aimMs,
    toAll,
    toEach: rounded(middleOf(clef, ({ heard }) => heard)),
    ...(!level.isAlone && { bareToAll: rounded(middleOf(echo, ({ heardByAll }) => heardByAll)) }),
    ...(level.atOnce && {
      atOnceToAll: rounded(middleOf(clef, ({ atOnce }) => atOnce)),
      ...(!level.isAlone && { bareAtOnceToAll: rounded(middleOf(echo, ({ atOnce }) => atOnce)) }),
    }),
    p99OfRuns: clef.map(({ heardByAll }) => round(heardByAll.p99Ms)),
    messageBytes: clef[0]?.messageBytes,
  };
}

/** The most that came back in a moment of so long. */
function mostTogether(sortedMs: readonly number[]): number {
  return Math.max(
    ...sortedMs.map((fromMs) => sortedMs.filter((ms) => ms >= fromMs && ms < fromMs + BUCKET_MS).length),
  );
}

function rounded({ p50Ms, p99Ms, maxMs }: Spread): Spread {
  return { p50Ms: round(p50Ms), p99Ms: round(p99Ms), maxMs: round(maxMs) };
}

function round(ms: number): number {
  return Number(ms.toFixed(1));
}
