import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type ClefServer, startClef, temporaryFolder } from '../test/support/clef-process.ts';
import { SubsonicClient } from '../test/support/subsonic-client.ts';
import { atLeast, atMost, BenchSkipped, type BenchResult, type Figure } from './support/bench.ts';
import { generateLoad, WITH_MANY_FILES } from './support/generate-load.ts';
import type { ListenReport, RangeReport, Target } from './support/load-job.ts';
import { median, progress } from './support/measure.ts';
import { type NoiseTrack, writeNoiseMusic } from './support/noise-music.ts';
import { cpuSecondsOfTree } from './support/process-cpu.ts';
import { startNginx } from './support/start-nginx.ts';

export const name = 'stream';
export const aim =
  'Originals out of the vault beside the same files from nginx with sendfile: random ranges as fast as they come, then listeners at the pace of their music.';

const FILES = 24;
const FILE_BYTES = 32 * 1_048_576;
const RANGE_BYTES = 262_144;
const CONNECTIONS = [1, 64, 512] as const;
/** The level that the aims are about. */
const AIM_CONNECTIONS = 64;
const RUNS = 5;
const RUN_MS = 3_000;
const COMPARED_RANGES = 20;
const IMPORT_TIMEOUT_MS = 300_000;
const IMPORT_POLL_MS = 200;

const LISTENERS = 4_000;
const LISTEN_MS = 30_000;
const RAMP_MS = 5_000;
/** 320 kbit/s. */
const LISTEN_BYTES_PER_SECOND = 40_000;

interface Server {
  readonly port: number;
  readonly pid: number;
  readonly targets: readonly Target[];
}

interface Run extends RangeReport {
  readonly cpuSecondsPerGB: number;
}

interface Level {
  readonly connections: number;
  readonly clef: readonly Run[];
  readonly nginx: readonly Run[];
}

export async function run(): Promise<BenchResult> {
  if (process.platform !== 'linux')
    throw new BenchSkipped('CPU of other processes is read from /proc of Linux');
  await using folder = await temporaryFolder('bench-stream');
  const root = join(folder.path, 'music');
  const tracks = await writeNoiseMusic(root, FILES, FILE_BYTES);
  await using nginxProcess = await startNginx({ folder: join(folder.path, 'nginx'), root });
  const nginx: Server = {
    ...nginxProcess,
    targets: tracks.map(({ fileName, lengthBytes }) => ({ path: `/${fileName}`, lengthBytes })),
  };
  await using clefProcess = await startClef({
    data: join(folder.path, 'data'),
    folders: [root],
    wrapper: WITH_MANY_FILES,
  });
  const clef: Server = {
    port: Number(new URL(clefProcess.baseUrl).port),
    pid: clefProcess.process.pid ?? 0,
    targets: await importedTargets(clefProcess, tracks),
  };
  await compareBytes(clef, nginx);

  const levels: Level[] = [];
  for (const connections of CONNECTIONS) levels.push(await measureLevel(connections, clef, nginx));
  progress(`  ${LISTENERS} listeners …`);
  const listening = await generateLoad({
    kind: 'listen',
    port: clef.port,
    targets: clef.targets,
    connections: LISTENERS,
    durationMs: LISTEN_MS,
    rampMs: RAMP_MS,
    bytesPerSecond: LISTEN_BYTES_PER_SECOND,
  });
  return {
    figures: [...levels.flatMap(levelFigures), ...listenFigures(listening)],
    notes: [
      `Medians of ${RUNS} runs of ${RUN_MS / 1_000} s, nginx and Clef in turn; ${RANGE_BYTES / 1_024} KiB at random places of ${FILES} files of ${FILE_BYTES / 1_048_576} MiB, all in the page cache, over keep-alive connections from a load generator on the same machine. CPU is that of the server's processes.`,
      `Listeners come within ${RAMP_MS / 1_000} s, ask for a whole file, read at most 10 s ahead and play ${LISTEN_MS / 1_000} s at 320 kbit/s from when they have one second. An underrun is a moment with nothing left to play.`,
    ],
  };
}

/** Waits for the import, and finds each file's track. */
async function importedTargets(server: ClefServer, tracks: readonly NoiseTrack[]): Promise<Target[]> {
  const client = new SubsonicClient(server.baseUrl, await server.credentials('bench'));
  const deadlineMs = performance.now() + IMPORT_TIMEOUT_MS;
  for (;;) {
    const songs = await client.allSongs();
    const ids = new Map(songs.map((song) => [song['title'], song['id']]));
    const targets = tracks.flatMap(({ title, lengthBytes }) => {
      const id = ids.get(title);
      if (typeof id !== 'string') return [];
      const url = new URL(client.url('stream', { id, format: 'raw' }));
      return [{ path: url.pathname + url.search, lengthBytes }];
    });
    if (targets.length === tracks.length && !(await client.get('getScanStatus')).scanStatus?.scanning)
      return targets;
    if (performance.now() > deadlineMs)
      throw new Error(`${targets.length} of ${tracks.length} tracks were imported`);
    await new Promise((resolve) => setTimeout(resolve, IMPORT_POLL_MS));
  }
}

/** A server that sends other bytes need not be measured. */
async function compareBytes(clef: Server, nginx: Server): Promise<void> {
  for (let i = 0; i < COMPARED_RANGES; i++) {
    const file = randomInt(FILES);
    const start = randomInt(FILE_BYTES - RANGE_BYTES);
    const [ours, theirs] = await Promise.all([clef, nginx].map((server) => fetchRange(server, file, start)));
    if (!ours || !theirs?.equals(ours)) throw new Error(`file ${file} differs from its source at ${start}`);
  }
}

async function fetchRange(server: Server, file: number, start: number): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${server.port}${server.targets[file]?.path}`, {
    headers: { range: `bytes=${start}-${start + RANGE_BYTES - 1}` },
  });
  if (response.status !== 206) throw new Error(`status ${response.status}, expected 206`);
  return Buffer.from(await response.arrayBuffer());
}

/** One run of each in turn, so that whatever else the machine does meets both. The first one warms up. */
async function measureLevel(connections: number, clef: Server, nginx: Server): Promise<Level> {
  const level = { connections, clef: [] as Run[], nginx: [] as Run[] };
  for (let i = 0; i <= RUNS; i++) {
    progress(`  ${connections} connections, run ${i} of ${RUNS} …`);
    const runs = { nginx: await measureRun(connections, nginx), clef: await measureRun(connections, clef) };
    if (i === 0) continue;
    level.nginx.push(runs.nginx);
    level.clef.push(runs.clef);
  }
  return level;
}

async function measureRun(connections: number, server: Server): Promise<Run> {
  const before = cpuSecondsOfTree(server.pid);
  const report = await generateLoad({
    kind: 'ranges',
    port: server.port,
    targets: server.targets,
    connections,
    durationMs: RUN_MS,
    rangeBytes: RANGE_BYTES,
  });
  if (report.failures.length > 0) throw new Error(`requests failed: ${report.failures.join('; ')}`);
  return { ...report, cpuSecondsPerGB: (cpuSecondsOfTree(server.pid) - before) / (report.bytes / 1e9) };
}

function levelFigures({ connections, clef, nginx }: Level): Figure[] {
  const aimed = connections === AIM_CONNECTIONS;
  const shares = clef.map((run, i) => (nginx[i]?.cpuSecondsPerGB ?? 0) / run.cpuSecondsPerGB);
  const at = connections === 1 ? 'at 1 connection' : `at ${connections} connections`;
  const of = (runs: readonly Run[], value: (run: Run) => number): number => median(runs.map(value));
  return [
    {
      name: `nginx's CPU as a share of ours ${at}`,
      value: median(shares),
      unit: '',
      ...(aimed && { aim: atLeast(0.6) }),
    },
    { name: `CPU ${at}`, value: of(clef, (run) => run.cpuSecondsPerGB), unit: 's/GB' },
    { name: `nginx: CPU ${at}`, value: of(nginx, (run) => run.cpuSecondsPerGB), unit: 's/GB' },
    { name: `p50 ${at}`, value: of(clef, (run) => run.p50Ms), unit: 'ms' },
    { name: `p99 ${at}`, value: of(clef, (run) => run.p99Ms), unit: 'ms', ...(aimed && { aim: atMost(50) }) },
    { name: `nginx: p99 ${at}`, value: of(nginx, (run) => run.p99Ms), unit: 'ms' },
    { name: `throughput ${at}`, value: of(clef, (run) => run.bytes / 1e9 / run.seconds), unit: 'GB/s' },
    {
      name: `nginx: throughput ${at}`,
      value: of(nginx, (run) => run.bytes / 1e9 / run.seconds),
      unit: 'GB/s',
    },
  ];
}

function listenFigures(report: ListenReport): Figure[] {
  if (report.failures.length > 0) throw new Error(`listeners failed: ${report.failures.join('; ')}`);
  return [
    { name: 'listeners at 320 kbit/s', value: report.listeners, unit: '', aim: atLeast(LISTENERS) },
    { name: 'underruns', value: report.underruns, unit: '', aim: atMost(0) },
    { name: 'p99 until music begins', value: report.p99StartMs, unit: 'ms' },
  ];
}
