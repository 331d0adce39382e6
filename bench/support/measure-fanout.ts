import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startClef, temporaryFolder } from '../../test/support/clef-process.ts';
import { writeSignedIn } from '../../test/support/signed-in.ts';
import { generateLoad, WITH_MANY_FILES } from './generate-load.ts';
import type { FanoutJob, FanoutReport, Spread } from './load-job.ts';
import { median } from './measure.ts';
import { startEcho } from './start-echo.ts';

export interface FanoutLevel {
  readonly sessions: number;
  readonly devicesASession: number;
  readonly commands: number;
  readonly perSecond: number;
  /** Then one command of every session in the same moment. */
  readonly atOnce: boolean;
  /** Clef is measured once, as it starts, and not beside the bare server. */
  readonly isAlone?: boolean;
  /** For the 99th percentile until the last device of a session has heard of a command. */
  readonly aimMs: number;
}

/** What is promised. Each session is an account's. */
export const fanoutLevels: readonly FanoutLevel[] = [
  { sessions: 1, devicesASession: 100, commands: 400, perSecond: 40, atOnce: false, aimMs: 25 },
  { sessions: 1, devicesASession: 1_000, commands: 200, perSecond: 10, atOnce: false, aimMs: 60 },
  { sessions: 2_000, devicesASession: 5, commands: 2_000, perSecond: 200, atOnce: true, aimMs: 250 },
];

export interface MeasuredLevel {
  readonly level: FanoutLevel;
  /** One run of each in turn. */
  readonly clef: readonly FanoutReport[];
  readonly echo: readonly FanoutReport[];
}

export interface MeasureOptions {
  readonly levels: readonly FanoutLevel[];
  readonly runs: number;
  readonly say: (text: string) => void;
}

/** A Clef server with as many accounts as there are sessions, and beside it a bare server that passes messages on. */
export async function measureFanout({ levels, runs, say }: MeasureOptions): Promise<MeasuredLevel[]> {
  await using folder = await temporaryFolder('fanout');
  const [data, music] = [join(folder.path, 'data'), join(folder.path, 'music')];
  await mkdir(music);
  const settings = {
    CLEF_DEVICES_AN_ACCOUNT: String(Math.max(...levels.map(({ devicesASession }) => devicesASession))),
  };
  const accounts = Math.max(...levels.map(({ sessions }) => sessions));
  const cookies = await writeSignedIn(data, accounts);
  await using server = await startClef({ data, folders: [music], settings, wrapper: WITH_MANY_FILES });
  const measured: MeasuredLevel[] = [];
  for (const level of levels) {
    const { sessions, devicesASession } = level;
    const name = `${sessions * devicesASession} devices`;
    const members = { cookies: cookies.slice(0, sessions) };
    const port = Number(new URL(server.baseUrl).port);
    const onClef = () => runOnce({ ...members, port, hasTickets: true }, level);
    // It warms up, and says how long the messages of the reference have to be.
    const first = await onClef();
    if (level.isAlone) {
      measured.push({ level, clef: [first], echo: [] });
      continue;
    }
    await using echo = await startEcho(first.messageBytes);
    const runsOf = { clef: [] as FanoutReport[], echo: [] as FanoutReport[] };
    for (let run = 1; run <= runs; run++) {
      runsOf.echo.push(await runOnce({ ...members, port: echo.port, hasTickets: false }, level));
      runsOf.clef.push(await onClef());
      const [clef, bare] = [runsOf.clef, runsOf.echo].map((reports) => reports.at(-1)?.heardByAll.p99Ms ?? 0);
      say(`${name}, run ${run} of ${runs}: p99 ${clef?.toFixed(1)} ms, bare ${bare?.toFixed(1)} ms`);
    }
    measured.push({ level, ...runsOf });
  }
  return measured;
}

/** A figure of each run, and of these the one in the middle. */
export function middleOf(
  reports: readonly FanoutReport[],
  spreadOf: (report: FanoutReport) => Spread | undefined,
): Spread {
  const spreads = reports.flatMap((report) => spreadOf(report) ?? []);
  return {
    p50Ms: median(spreads.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(spreads.map(({ p99Ms }) => p99Ms)),
    maxMs: median(spreads.map(({ maxMs }) => maxMs)),
  };
}

function runOnce(
  target: Pick<FanoutJob, 'port' | 'cookies' | 'hasTickets'>,
  level: FanoutLevel,
): Promise<FanoutReport> {
  const { devicesASession, commands, perSecond, atOnce } = level;
  return generateLoad({ kind: 'fanout', ...target, devicesASession, commands, perSecond, atOnce });
}
