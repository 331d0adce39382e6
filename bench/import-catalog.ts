import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { StatementSync } from 'node:sqlite';
import type { ImportedTrack, MusicSource } from '../src/catalog/index.ts';
import { createSqlCatalog, Database } from '../src/catalog/sql/index.ts';
import type { LibraryId } from '../src/core/index.ts';
import { importedTrack, labelId, storedAsset } from '../test/support/catalog-tracks.ts';
import { startMariadb } from '../test/support/start-mariadb.ts';
import type { BenchResult, Figure } from './support/bench.ts';
import { type GeneratedTrack, generatedTracks } from './catalog/music.ts';
import { progress } from './support/measure.ts';
import { cpuSecondsOfTree } from './support/process-tree.ts';

export const name = 'import-catalog';
export const aim =
  'Tracks whose audio is sealed already, into the catalogue alone: in SQLite, and in MariaDB with and without a wait for the disk.';

const TRACKS = 6_000;
/** Not counted: caches are cold, and nothing is compiled. */
const FIRST_TRACKS = 1_000;
/** Imports that wait at once. */
const AT_ONCE = 1_024;
const GENRES = 40;

export async function run(): Promise<BenchResult> {
  const figures = [...(await inSqlite()), ...(await inMariadb(false)), ...(await inMariadb(true))];
  return {
    figures,
    notes: [
      `${TRACKS} generated tracks after ${FIRST_TRACKS} that are not counted, ${AT_ONCE} at once, in the order of their albums, each with a cover that its album shares, a genre and a packet table. MariaDB runs on the same processors.`,
    ],
  };
}

async function inSqlite(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'clef-bench-catalog-'));
  try {
    await using database = await Database.open({ file: join(folder, 'catalog.sqlite') });
    const statements = countSqliteStatements();
    return await measured('SQLite', database, async () => statements.count);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function inMariadb(isDurable: boolean): Promise<Figure[]> {
  await using server = await startMariadb({ isDurable });
  const address = await server.newDatabase();
  await using database = await Database.connect(address);
  const connection = await createConnection(address);
  try {
    return await measured(isDurable ? 'MariaDB' : 'MariaDB, no fsync', database, async () => {
      const [rows] = await connection.query("show global status like 'Questions'");
      return Number((rows as { Value: string }[])[0]?.Value);
    });
  } finally {
    await connection.end();
  }
}

function countSqliteStatements(): { readonly count: number } {
  const counter = { count: 0 };
  for (const method of ['all', 'run'] as const) {
    const original = StatementSync.prototype[method] as (...values: unknown[]) => unknown;
    StatementSync.prototype[method] = function counted(this: StatementSync, ...values: unknown[]) {
      counter.count++;
      return original.apply(this, values);
    } as never;
  }
  return counter;
}

async function measured(
  where: string,
  database: Database,
  statements: () => Promise<number>,
): Promise<Figure[]> {
  const catalog = createSqlCatalog(database);
  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  const all = Array.from(generatedTracks(FIRST_TRACKS + TRACKS), (track) => imported(source, track));
  const run = async (tracks: readonly ImportedTrack[]) => {
    for (let start = 0; start < tracks.length; start += AT_ONCE)
      await Promise.all(tracks.slice(start, start + AT_ONCE).map((track) => catalog.importTrack(track)));
  };
  await run(all.slice(0, FIRST_TRACKS));
  const before = {
    statements: await statements(),
    tree: cpuSecondsOfTree(process.pid),
    own: process.cpuUsage(),
  };
  const startedMs = performance.now();
  await run(all.slice(FIRST_TRACKS));
  const seconds = (performance.now() - startedMs) / 1000;
  const own = process.cpuUsage(before.own);
  const ownSeconds = (own.user + own.system) / 1e6;
  const others = cpuSecondsOfTree(process.pid) - before.tree - ownSeconds;
  const sent = (await statements()) - before.statements;
  progress(
    `  ${where}: ${(TRACKS / seconds).toFixed(0)} tracks/s, ${(sent / TRACKS).toFixed(2)} statements, own ${((ownSeconds / TRACKS) * 1000).toFixed(2)} ms, database ${((others / TRACKS) * 1000).toFixed(2)} ms`,
  );
  return [
    { name: where, value: TRACKS / seconds, unit: 'tracks/s' },
    { name: `${where}: statements`, value: sent / TRACKS, unit: 'a track' },
    { name: `${where}: Clef`, value: (ownSeconds / TRACKS) * 1000, unit: 'CPU-ms a track' },
    ...(others > 0.1
      ? [{ name: `${where}: database`, value: (others / TRACKS) * 1000, unit: 'CPU-ms a track' }]
      : []),
  ];
}

function imported(source: MusicSource, { album, ...track }: GeneratedTrack): ImportedTrack {
  const { libraryId } = source;
  const path = `${track.index}.flac`;
  const one = importedTrack(source, path, {
    durationMs: track.durationMs,
    cover: `${album.index}`,
    tags: {
      title: track.title,
      album: album.title,
      displayArtist: track.displayArtist,
      artists: [track.displayArtist],
      displayAlbumArtist: album.artist.name,
      albumArtists: [album.artist.name],
      // The first ones are the most common.
      genres: [`Genre ${Math.floor(GENRES * ((album.index * 0.618) % 1) ** 2)}`],
      year: 1960 + (album.index % 60),
    },
  });
  const asset = storedAsset(`packets ${path}`, { libraryId });
  return { ...one, companions: [{ parentId: one.original.assetId, kind: 'packet-table', asset }] };
}
