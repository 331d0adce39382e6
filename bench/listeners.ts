import { temporaryFolder } from '../test/support/clef-process.ts';
import { atMost, BenchSkipped, type BenchResult } from './support/bench.ts';
import { generateLoad } from './support/generate-load.ts';
import { progress } from './support/measure.ts';
import { serveNoise } from './support/noise-library.ts';
import { cpuSecondsOfTree } from './support/process-tree.ts';

export const name = 'listeners';
export const aim =
  'Thousands of players at the pace of their music: whether any of them ever has nothing to play.';

const LISTENERS = 4_000;
const LISTEN_MS = 30_000;
const RAMP_MS = 5_000;
/** 320 kbit/s. */
const BYTES_PER_SECOND = 40_000;

export async function run(): Promise<BenchResult> {
  if (process.platform !== 'linux')
    throw new BenchSkipped('CPU of other processes is read from /proc of Linux');
  await using folder = await temporaryFolder('bench-listeners');
  await using library = await serveNoise(folder.path);
  const { clef } = library;
  progress(`  ${LISTENERS} listeners for ${(RAMP_MS + LISTEN_MS) / 1_000} s …`);
  const before = cpuSecondsOfTree(clef.pid);
  const report = await generateLoad({
    kind: 'listen',
    port: clef.port,
    targets: clef.targets,
    connections: LISTENERS,
    durationMs: LISTEN_MS,
    rampMs: RAMP_MS,
    bytesPerSecond: BYTES_PER_SECOND,
  });
  const cpuSeconds = cpuSecondsOfTree(clef.pid) - before;
  const reasons = [...new Set(report.failures)].join(', ');
  return {
    figures: [
      { name: 'listeners', value: report.listeners, unit: '' },
      { name: 'underruns', value: report.underruns, unit: '', aim: atMost(0) },
      { name: 'listeners that were cut off', value: report.failures.length, unit: '', aim: atMost(0) },
      { name: 'p99 until music begins', value: report.p99StartMs, unit: 'ms' },
      { name: 'CPU', value: cpuSeconds / (report.bytes / 1e9), unit: 's/GB' },
      { name: 'processors kept busy', value: cpuSeconds / report.seconds, unit: '' },
    ],
    notes: [
      `Listeners come within ${RAMP_MS / 1_000} s, ask for a whole file, read at most 10 s ahead and play ${LISTEN_MS / 1_000} s at 320 kbit/s from when they have one second of music. An underrun is a moment with nothing left to play.`,
      ...(reasons === '' ? [] : [`Cut off by: ${reasons}.`]),
    ],
  };
}
