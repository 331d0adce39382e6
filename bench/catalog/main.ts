// node bench/catalog/main.ts index|catalogue|names --tracks 1m [--seed N] [--out FILE]
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { createSqlCatalog, Database } from '../../src/catalog/sql/index.ts';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import type { LibraryId } from '../../src/core/index.ts';
import { progress } from '../support/measure.ts';
import { importedTracks, importGenerated } from './imported-tracks.ts';
import { generatedTracks } from './music.ts';
import { generatedChanges } from './search-changes.ts';

const HELP = `Makes a collection that nobody has: artists in eight scripts, their albums and tracks, and how often each was played.
One seed gives one collection, and none of it is kept in memory.

usage: npm run --silent generate -- index     --out FILE [--tracks 10m] [--seed N]   a search index
       npm run --silent generate -- catalogue --out FILE [--tracks 1m]  [--seed N]   a catalogue of one library, by the importer
       npm run --silent generate -- names     [--tracks 100] [--seed N]              one track a line, as JSON
`;

const SAID_EVERY = 102_400;
const LIBRARY = '1'.repeat(32) as LibraryId;

interface Order {
  readonly count: number;
  readonly seed: number;
  readonly out: string | undefined;
}

const makers: Readonly<Record<string, (order: Order) => Promise<void> | void>> = {
  async index({ count, seed, out }) {
    const path = fresh(out);
    await using index = openSearchIndex({ path });
    await index.rebuild(generatedChanges(count, seed), {
      position: { catalogId: `generated-${seed}-${count}`, seq: 1 },
      onProgress: every(SAID_EVERY, (changes) => progress(`${changes} changes taken`)),
    });
  },

  async catalogue({ count, seed, out }) {
    await using database = await Database.open({ file: fresh(out) });
    // Nobody needs it after a power cut, and it is written many times as fast.
    await sql`pragma synchronous = off`.execute(database.db);
    const catalog = createSqlCatalog(database);
    await catalog.ensureLibrary(LIBRARY, 'Generated');
    const { id: sourceId } = await catalog.ensureSource(LIBRARY, '/generated');
    const tracks = importedTracks(count, { libraryId: LIBRARY, sourceId }, seed);
    await importGenerated(
      catalog,
      tracks,
      every(SAID_EVERY, (imported) => progress(`${imported} tracks imported`)),
    );
  },

  names({ count, seed }) {
    for (const { title, displayArtist, album, playCount } of generatedTracks(count, seed))
      process.stdout.write(
        `${JSON.stringify({ title, artist: displayArtist, album: album.title, playCount })}\n`,
      );
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tracks: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const make = makers[positionals[0] ?? ''];
const count = countOf(values.tracks);
if (values.help || !make || count === undefined || positionals.length > 1) {
  process.stderr.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  await make({ count, seed: Number(values.seed), out: values.out });
}

/** "250000", "500k", "10m". */
function countOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)([km]?)$/i.exec(text) ?? [];
  if (!digits) return undefined;
  return Number(digits) * { '': 1, k: 1_000, m: 1_000_000 }[unit?.toLowerCase() as '' | 'k' | 'm'];
}

function fresh(out: string | undefined): string {
  if (out === undefined) throw new Error('--out says which file to write');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${out}${suffix}`, { force: true });
  return out;
}

function every(step: number, say: (count: number) => void): (count: number) => void {
  let said = 0;
  return (so) => {
    if (so < said + step) return;
    said = so;
    say(so);
  };
}
