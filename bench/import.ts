import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqlCatalog, type SqlCatalog } from '../src/catalog/sql/catalog.ts';
import { Database } from '../src/catalog/sql/index.ts';
import type { MusicSource } from '../src/catalog/index.ts';
import { type ImportReport, importSource, type MediaProbe } from '../src/ingest/index.ts';
import { openLocalTree } from '../src/ingest/sources/local.ts';
import { ProcessProbe } from '../src/ingest/probe-process.ts';
import type { Vault } from '../src/vault/index.ts';
import { initDirectoryNode, openDirectoryNode } from '../src/vault/nodes/directory.ts';
import { toneWav } from '../test/support/media-tags.ts';
import { createTestVault } from '../test/support/vault.ts';
import type { BenchResult } from './support/bench.ts';
import { progress } from './support/measure.ts';
import { writeNoiseMusic } from './support/noise-music.ts';
import { cpuSecondsOfTree } from './support/process-tree.ts';

export const name = 'import';
export const aim =
  'A music folder into a vault of one directory node and a catalogue file: what a track costs, what a byte costs, and what a second look costs.';

const SMALL_TRACKS = 3_000;
const TRACKS_AN_ALBUM = 12;
const LARGE_FILES = 40;
const LARGE_BYTES = 32 * 1_048_576;

interface Library {
  readonly vault: Vault;
  readonly catalog: SqlCatalog;
  readonly probe: MediaProbe;
}

interface Timed {
  readonly report: ImportReport;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export async function run(): Promise<BenchResult> {
  const base = await mkdtemp(join(tmpdir(), 'clef-bench-import-'));
  try {
    const node = await openNode(join(base, 'node'));
    await using database = await Database.open({ file: join(base, 'catalog.sqlite') });
    await using probe = new ProcessProbe();
    const { vault, library } = await createTestVault([node], { policy: { k: 1, m: 0 } });
    const catalog = createSqlCatalog(database);
    await catalog.ensureLibrary(library.libraryId, 'Bench');
    const all: Library = { vault, catalog, probe };
    const importFolder = async (folder: string): Promise<Timed> => {
      const source = await catalog.ensureSource(library.libraryId, folder);
      return timed(all, source);
    };

    await writeSmallMusic(join(base, 'small'));
    await writeNoiseMusic(join(base, 'large'), LARGE_FILES, LARGE_BYTES);
    // Starts the probe's processes and compiles the way.
    await writeNoiseMusic(join(base, 'first'), 8, 100_000);
    await importFolder(join(base, 'first'));

    progress(`  ${SMALL_TRACKS} small tracks …`);
    const small = await importFolder(join(base, 'small'));
    progress('  the same again …');
    const again = await importFolder(join(base, 'small'));
    progress(`  ${LARGE_FILES} large files …`);
    const large = await importFolder(join(base, 'large'));
    assertCount(small.report.tracksAdded, SMALL_TRACKS);
    assertCount(again.report.unchanged, SMALL_TRACKS);
    assertCount(large.report.tracksAdded, LARGE_FILES);

    const megabytes = (LARGE_FILES * LARGE_BYTES) / 1e6;
    return {
      figures: [
        { name: 'small tracks', value: SMALL_TRACKS / small.seconds, unit: 'tracks/s' },
        { name: 'a small track', value: (small.cpuSeconds / SMALL_TRACKS) * 1000, unit: 'CPU-ms' },
        { name: 'large files', value: megabytes / large.seconds, unit: 'MB/s' },
        { name: 'large files by CPU', value: large.cpuSeconds / (megabytes / 1000), unit: 'CPU-s/GB' },
        { name: 'a second look', value: SMALL_TRACKS / again.seconds, unit: 'files/s' },
        { name: 'most memory at once', value: Math.max(small.peakBytes, large.peakBytes) / 1e6, unit: 'MB' },
      ],
      notes: [
        `Small tracks are ${SMALL_TRACKS} tagged WAV files of 16 kB in albums of ${TRACKS_AN_ALBUM} with a cover each; large files are ${LARGE_FILES} of ${LARGE_BYTES / 1_048_576} MiB. Everything is read twice (hashed, then sealed), probed in processes of its own, written with fsync, and committed one by one. CPU counts the probes; memory is this process's.`,
      ],
    };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

async function openNode(root: string) {
  await mkdir(root);
  await initDirectoryNode({ root, random: (length) => randomBytes(length) });
  return openDirectoryNode({ root });
}

async function timed({ vault, catalog, probe }: Library, source: MusicSource): Promise<Timed> {
  let peakBytes = 0;
  const before = cpuSecondsOfTree(process.pid);
  const startedMs = performance.now();
  const report = await importSource({
    source,
    catalog,
    seal: (input) => vault.write(input),
    probe,
    contentHashKey: new Uint8Array(32),
    openTree: ({ root }) => openLocalTree(root, []),
    concurrency: availableParallelism(),
    onProgress: () => {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    },
    // Long after all that lies there was written.
    now: () => Date.now() + 3_600_000,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  return { report, seconds, cpuSeconds: cpuSecondsOfTree(process.pid) - before, peakBytes };
}

async function writeSmallMusic(folder: string): Promise<void> {
  for (let i = 0; i < SMALL_TRACKS; i++) {
    const album = Math.floor(i / TRACKS_AN_ALBUM);
    const path = join(folder, `Album ${album}`);
    if (i % TRACKS_AN_ALBUM === 0) {
      await mkdir(path, { recursive: true });
      await writeFile(
        join(path, 'cover.jpg'),
        Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(20_000)]),
      );
    }
    const tags = {
      INAM: `Track ${i}`,
      IART: `Artist ${album % 40}`,
      IPRD: `Album ${album}`,
      ITRK: String((i % TRACKS_AN_ALBUM) + 1),
    };
    await writeFile(join(path, `${i}.wav`), toneWav(1, i, { ...tags, ICMT: `number ${i}` }));
  }
}

function assertCount(found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} of ${expected} files came through`);
}
