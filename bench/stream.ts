import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { temporaryFolder } from '../test/support/clef-process.ts';
import { atLeast, atMost, BenchSkipped, type BenchResult, type Figure } from './support/bench.ts';
import { generateLoad } from './support/generate-load.ts';
import type { RangeReport } from './support/load-job.ts';
import { median, progress } from './support/measure.ts';
import { FILE_BYTES, FILES, type LoadedServer, serveNoise } from './support/noise-library.ts';
import { cpuSecondsOfTree } from './support/process-tree.ts';
import { startNginx } from './support/start-nginx.ts';

export const name = 'stream';
export const aim =
  'Originals out of the vault beside the same files from nginx with sendfile: random ranges as fast as they come.';

const RANGE_BYTES = 262_144;
const CONNECTIONS = [1, 64, 512] as const;
/** The level that the aims are about. */
const AIM_CONNECTIONS = 64;
const RUNS = 5;
const RUN_MS = 3_000;
const COMPARED_RANGES = 20;

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
  await using library = await serveNoise(folder.path);
  const { clef, root, tracks } = library;
  await using nginxProcess = await startNginx({ folder: join(folder.path, 'nginx'), root });
  const nginx: LoadedServer = {
    port: nginxProcess.port,
    pid: nginxProcess.pid,
    targets: tracks.map(({ fileName, lengthBytes }) => ({ path: `/${fileName}`, lengthBytes })),
  };
  await compareBytes(clef, nginx);

  const levels: Level[] = [];
  for (const connections of CONNECTIONS) levels.push(await measureLevel(connections, clef, nginx));
  return {
    figures: levels.flatMap(levelFigures),
    notes: [
      `Medians of ${RUNS} runs of ${RUN_MS / 1_000} s, nginx and Clef in turn; ${RANGE_BYTES / 1_024} KiB at random places of ${FILES} files of ${FILE_BYTES / 1_048_576} MiB, all in the page cache, over keep-alive connections from a load generator on the same machine. CPU is that of the server's processes.`,
    ],
  };
}

/** A server that sends other bytes need not be measured. */
async function compareBytes(clef: LoadedServer, nginx: LoadedServer): Promise<void> {
  for (let i = 0; i < COMPARED_RANGES; i++) {
    const file = randomInt(FILES);
    const start = randomInt(FILE_BYTES - RANGE_BYTES);
    const [ours, theirs] = await Promise.all([clef, nginx].map((server) => fetchRange(server, file, start)));
    if (!ours || !theirs?.equals(ours)) throw new Error(`file ${file} differs from its source at ${start}`);
  }
}

async function fetchRange(server: LoadedServer, file: number, start: number): Promise<Buffer> {
  const response = await fetch(`http://127.0.0.1:${server.port}${server.targets[file]?.path}`, {
    headers: { range: `bytes=${start}-${start + RANGE_BYTES - 1}` },
  });
  if (response.status !== 206) throw new Error(`status ${response.status}, expected 206`);
  return Buffer.from(await response.arrayBuffer());
}

/** One run of each in turn, so that whatever else the machine does meets both. The first one warms up. */
async function measureLevel(connections: number, clef: LoadedServer, nginx: LoadedServer): Promise<Level> {
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

async function measureRun(connections: number, server: LoadedServer): Promise<Run> {
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
