import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type ClefServer, freePort, startClef, temporaryFolder } from '../test/support/clef-process.ts';
import { SubsonicClient } from '../test/support/subsonic-client.ts';
import { atMost, type BenchResult } from './support/bench.ts';
import { median, progress } from './support/measure.ts';
import { residentMiBOfTree } from './support/process-memory.ts';
import { writeNoiseMusic } from './support/noise-music.ts';

export const name = 'startup';
export const aim = 'How soon a server answers, and how much memory it takes at rest and at work.';

const STARTS = 7;
const FILES = 8;
const FILE_BYTES = 16 * 1_048_576;
const IDLE_MS = 5_000;
const STREAMS = 64;

export async function run(): Promise<BenchResult> {
  await using folder = await temporaryFolder('bench-startup');
  const music = join(folder.path, 'music');
  await writeNoiseMusic(music, FILES, FILE_BYTES);
  const data = join(folder.path, 'data');
  const first = await startClef({ data, folders: [music] });
  const client = new SubsonicClient(first.baseUrl, await first.credentials());
  await imported(client);
  await first.stop();

  const readyMs: number[] = [];
  const nodeMs: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    nodeMs.push(await bareNodeMs());
    const server = await startClef({ data });
    readyMs.push(server.readyAfterMs);
    await server.stop();
  }

  await using server = await startClef({ data });
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = residentMiBOfTree(server.process.pid ?? 0);
  progress(`${idle.toFixed(0)} MiB at rest`);
  const busy = await underLoad(server);
  return {
    figures: [
      { name: 'start to /readyz, a library there', value: median(readyMs), unit: 'ms', aim: atMost(400) },
      { name: 'start to /readyz, first start', value: first.readyAfterMs, unit: 'ms', aim: atMost(1_000) },
      { name: 'bare Node with an HTTP server, in the same run', value: median(nodeMs), unit: 'ms' },
      { name: 'resident memory at rest, all processes', value: idle, unit: 'MiB', aim: atMost(100) },
      { name: `resident memory, ${STREAMS} streams at full speed`, value: busy, unit: 'MiB' },
    ],
    notes: [
      `The median of ${STARTS} starts, from the process's start until /readyz answered 200, asked every 5 ms. Memory is the sum of VmRSS over the process tree, ${IDLE_MS / 1000} s after a start; shared pages are counted in each process.`,
    ],
  };
}

async function imported(client: SubsonicClient): Promise<void> {
  for (;;) {
    const { scanStatus } = await client.get('getScanStatus');
    if (scanStatus?.scanning === false && (await client.allSongs()).length === FILES) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What no server in Node can be faster than. */
async function bareNodeMs(): Promise<number> {
  const port = await freePort();
  const startedMs = performance.now();
  const program = `require('node:http').createServer((q, r) => r.end()).listen(${port}, '127.0.0.1')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 5));
  const elapsedMs = performance.now() - startedMs;
  child.kill('SIGKILL');
  await once(child, 'close');
  return elapsedMs;
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

/** The highest reading while every stream runs. */
async function underLoad(server: ClefServer): Promise<number> {
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  const ids = (await client.allSongs()).map(({ id }) => String(id));
  let highest = 0;
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMiBOfTree(server.process.pid ?? 0));
  }, 100);
  await Promise.all(
    Array.from({ length: STREAMS }, async (_, i) => {
      const response = await fetch(client.url('stream', { id: ids[i % ids.length] ?? '' }));
      for await (const _piece of response.body ?? []) void _piece;
    }),
  );
  clearInterval(timer);
  return highest;
}
