import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { mistypedSearches, sampledTracks, searchesFor } from '../../bench/catalog/query-log.ts';
import { generatedChanges } from '../../bench/catalog/search-changes.ts';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { gate, type Proof } from './proof.ts';
import { besideMariadb } from './search-beside-mariadb.ts';
import { overHttp } from './search-over-http.ts';
import { searchWhileImporting, searchesMistyped, searchesTyped } from '../../bench/support/search-timing.ts';

const POSTING_BYTES_AIM = 100;
const FOUND_AIM = 0.95;

/** Finding among ten million tracks, and beside what a database does by itself. */
export const search: Proof = {
  name: 'search',
  shows: 'finding among ten million tracks as they are typed, mistyped, imported; beside MariaDB; over HTTP',
  async run({ small, seed, say }) {
    const count = small ? 20_000 : 10_000_000;
    const sampled = sampledTracks(count, small ? 300 : 10_000, seed);
    say(`${sampled.length} of ${count} tracks are looked for`);
    await using folder = await temporaryFolder('search');
    const path = join(folder.path, 'search.sqlite');
    const built = await build(path, count, seed, say);
    const bytes = await bytesPerTrack(path, count);
    say(`built: ${JSON.stringify(built)}, ${JSON.stringify(bytes)}`);
    await using index = openSearchIndex({ path });
    const typed = searchesTyped(index, searchesFor(sampled, seed).slice(0, small ? 100 : 1_500));
    say(`typed: ${JSON.stringify(typed)}`);
    const mistyped = searchesMistyped(index, mistypedSearches(sampled, seed), count);
    say(`mistyped: ${JSON.stringify(mistyped)}`);
    const importing = await searchWhileImporting(
      index,
      searchesFor(sampled, seed + 1),
      small ? 2_000 : 30_000,
    );
    say(`while an import writes: ${JSON.stringify(importing)}`);
    const beside = await besideMariadb(small ? 5_000 : 1_000_000, seed, say);
    const http = await overHttp(small ? 500 : 20_000, seed, say);
    return {
      gates: {
        postingsWithinBytes: gate(bytes.postings <= POSTING_BYTES_AIM, true),
        mistypedAmongFirstTen: gate(mistyped.foundShare >= FOUND_AIM, true),
      },
      figures: {
        tracks: count,
        built: { ...built, aimTracksPerSecond: 50_000 },
        bytesPerTrack: { ...bytes, aimPostings: POSTING_BYTES_AIM },
        typed: { ...typed, aims: { p50Ms: 0.1, p99Ms: 10 } },
        mistyped: { ...mistyped, aims: { foundShare: FOUND_AIM, p99Ms: 25 } },
        whileImporting: { ...importing, aims: { p99Ms: 20 } },
        besideMariadb: beside,
        overHttp: http,
      },
    };
  },
};

/** As a rebuild of the catalogue's, in a thread of its own, until it is durable. */
async function build(path: string, count: number, seed: number, say: (text: string) => void) {
  await using index = openSearchIndex({ path });
  let said = 0;
  const startedMs = performance.now();
  await index.rebuild(generatedChanges(count, seed), {
    position: { catalogId: 'proof', seq: 1 },
    onProgress: (changes) => {
      if (changes < said + 1_000_000) return;
      said = changes;
      say(`${changes} changes taken`);
    },
  });
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds: Math.round(seconds), tracksPerSecond: Math.round(count / seconds) };
}

/** Of the file's pages: what is found by, what is corrected by, what is shown and ranked by. */
async function bytesPerTrack(path: string, count: number) {
  using file = new DatabaseSync(path, { readOnly: true });
  const bytesOf = file.prepare('SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat WHERE name GLOB ?');
  const perTrack = (...names: string[]) =>
    names.reduce((sum, name) => sum + Number(bytesOf.get(name)?.['bytes']), 0) / count;
  const { size } = await stat(path);
  const figures = {
    postings: perTrack('*_term*'),
    vocabulary: perTrack('word*'),
    names: perTrack('*_name'),
    records: perTrack('*_record', '*_id'),
    plays: perTrack('play_count'),
    whole: size / count,
  };
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Number(value.toFixed(1))]),
  ) as typeof figures;
}
