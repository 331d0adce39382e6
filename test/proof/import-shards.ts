import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { importedTracks } from '../../bench/catalog/imported-tracks.ts';
import type { ImportedTrack } from '../../src/catalog/index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../../src/catalog/sql/index.ts';
import { applyShards } from '../../src/catalog/sql/shards/index.ts';
import { isClefError, type LibraryId, type TrackId, type UserId } from '../../src/core/index.ts';
import { addUser } from '../support/catalog-user.ts';
import { labelId } from '../support/catalog-tracks.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { importAtOnce } from '../support/import-at-once.ts';
import { seededRandom } from '../support/random.ts';
import { clientAddress, startShards } from '../support/shard-world.ts';
import { compare, implied } from './import-source.ts';
import { gate, type Proof } from './proof.ts';
import { connectNodes, countRows, type TableName } from './shard-rows.ts';
import { spread } from './tools.ts';

const NODES = 4;
const TRACKS = 1_000_000;
const FEW_TRACKS = 1_500;
/** More than two transactions of the importer's take. */
const AT_ONCE = 2_048;
const READERS = 16;
/** Each reader by itself. */
const READ_EVERY_MS = 200;
/** Of the acknowledged tracks, by chance, the ones that are read. */
const KEPT = 20_000;
const SAID_EVERY = 50_000;
/** Rows that go where their items do. Those of a library or a genre lie in one bucket. */
const SPREAD: readonly TableName[] = [
  'track',
  'asset',
  'asset_use',
  'album',
  'album_track',
  'artist',
  'artist_track',
  'artist_album',
  'identity',
];
const UNEVEN = 0.05;
/** Of fewer the nodes differ by so much by chance: 5 % are four times their standard deviation there. */
const FEWEST_FOR_EVENNESS = 20_000;
/** As on a machine that a catalogue of this size is given, instead of the few megabytes of a test. */
const SETTINGS = ['--innodb-buffer-pool-size=1G', '--innodb-log-file-size=512M'];

const IMPORTER = new URL('../support/import-generated.ts', import.meta.url).pathname;

interface Acknowledged {
  readonly id: TrackId;
  readonly track: ImportedTrack;
}

interface ReadSeen {
  readonly atMs: number;
  readonly tookMs: number;
  readonly told: string;
}

/** The importer's way into the catalogue, without what lies before it: no file is read, and nothing is sealed or stored. */
export const importShards: Proof = {
  name: 'import-shards',
  shows:
    'an import into four shards, killed once and run again: no row lost or doubled against the source, nodes even within 5 %, rows/s, with 16 readers who check what they read',
  async run({ small, seed, say, count = small ? FEW_TRACKS : TRACKS }) {
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryFolder('proof-import-shards'));
    const world = stack.use(
      await startShards({ nodes: NODES, spiders: 1 }, small ? {} : { isDurable: true, settings: SETTINGS }),
    );
    const servers = world.newServers();
    const map = await applyShards(servers, {
      signal: AbortSignal.timeout(600_000),
      onProgress: () => undefined,
    });
    const address = clientAddress(servers);
    const database = stack.use(await Database.connect(address, { relayFile: join(path, 'changes.sqlite') }));
    const catalog = createSqlCatalog(database);
    const libraryId = labelId<LibraryId>('library');
    await catalog.ensureLibrary(libraryId, 'Music');
    const { id: sourceId } = await catalog.ensureSource(libraryId, '/music');
    const user = await addUser(database, 'listener');
    const place = { libraryId, sourceId };
    const source = () => importedTracks(count, place, seed);

    const order = { address, ...place, count, seed, atOnce: AT_ONCE };
    const before = await importUntilKilled(order, Math.min(10_000, Math.floor(count / 3)));
    say(`killed after ${before} tracks`);

    const kept: Acknowledged[] = [];
    const random = seededRandom(seed);
    let acknowledged = 0;
    const stop = new AbortController();
    const reads: ReadSeen[] = [];
    const readers = Array.from({ length: READERS }, (_, nr) =>
      readOn(catalog, user, kept, {
        random: seededRandom(seed * 100 + nr),
        signal: stop.signal,
        record: (one) => void reads.push(one),
      }),
    );
    const endReaders = async () => {
      stop.abort();
      await Promise.all(readers);
    };
    // Also where something fails: they use what is closed then.
    stack.defer(endReaders);
    let saidAtMs = performance.now();
    const fromMs = saidAtMs;
    const rates: number[] = [];
    await importAtOnce(source(), AT_ONCE, async (track) => {
      const id = await catalog.importTrack(track);
      acknowledged++;
      keep(kept, { id, track }, acknowledged, random);
      if (acknowledged % SAID_EVERY > 0) return;
      const rate = Math.round((1_000 * SAID_EVERY) / (performance.now() - saidAtMs));
      saidAtMs = performance.now();
      rates.push(rate);
      say(`${acknowledged} tracks, ${rate} a second`);
    });
    const importedMs = performance.now();
    await wait(small ? 1_000 : 10_000);
    await endReaders();
    // Once more, as after an answer that was lost.
    const again: ImportedTrack[] = kept.slice(0, 1_000).map(({ track }) => track);
    await Promise.all(again.map((track) => catalog.importTrack(track)));

    const wanted = await implied(source());
    say('comparing');
    const nodes = await connectNodes(servers, stack);
    const compared = await compare(nodes, wanted);
    const { counts, strangers } = await countRows(nodes, map);
    const total = (table: TableName) => sum(counts.get(table) ?? []);
    const otherwise = Object.entries(wanted.rows).filter(
      ([table, rows]) => total(table as TableName) !== rows,
    );
    const deviations = SPREAD.map((table) => ({
      table,
      rows: total(table),
      by: deviation(counts.get(table)),
    }));
    const judged = deviations.filter(({ rows }) => rows >= FEWEST_FOR_EVENNESS);
    const during = reads.filter(({ atMs }) => atMs < importedMs);
    const after = reads.filter(({ atMs }) => atMs >= importedMs);
    const seconds = (importedMs - fromMs) / 1_000;
    const rows = sum([...counts.values()].flat());
    const outbox = total('outbox_entry');
    return {
      gates: {
        lost: gate(compared.lost, 0),
        doubled: gate(compared.doubled, 0),
        otherwise: gate(compared.otherwise, 0),
        unknown: gate(compared.unknown, 0),
        tablesOtherwise: gate(otherwise.length, 0),
        rowsOnOtherNodes: gate(strangers, 0),
        tablesUneven: gate(judged.filter(({ by }) => by > UNEVEN).length, 0),
        readsWrongOrFailed: gate(reads.filter(({ told }) => told !== 'done').length, 0),
        readAny: gate(during.length > 0, true),
        acknowledged: gate(acknowledged, count),
      },
      figures: {
        seed,
        tracks: count,
        killedAfter: before,
        seconds: Math.round(seconds),
        tracksPerSecond: Math.round(count / seconds),
        /** Those of the killed import were there already. */
        rowsPerSecond: Math.round((rows - outbox) / seconds),
        rowsWithChangesPerSecond: Math.round(rows / seconds),
        slowestPart: rates.length > 0 ? Math.min(...rates) : undefined,
        rows: rows - outbox,
        changes: outbox,
        tablesOtherwise: otherwise.map(([table, wantedRows]) => ({
          table,
          wanted: wantedRows,
          got: total(table as TableName),
        })),
        unevenness: Object.fromEntries(
          deviations.map(({ table, by }) => [table, `${(100 * by).toFixed(2)} %`]),
        ),
        tracksOnNodes: counts.get('track'),
        allRowsOnNodes: servers.nodes.map((_, at) =>
          sum(Array.from(counts.values(), (ofNodes) => ofNodes[at] ?? 0)),
        ),
        readsFailed: [...new Set(reads.map(({ told }) => told))].filter((told) => told !== 'done'),
        readsDuring: spread(during.map(({ tookMs }) => tookMs)),
        readsAfterwards: spread(after.map(({ tookMs }) => tookMs)),
        readsOver1s: during.filter(({ tookMs }) => tookMs > 1_000).length,
      },
    };
  },
};

/** By a process of its own, until so many are acknowledged. Answers how many were. */
async function importUntilKilled(order: object, enough: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [IMPORTER, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let acknowledged = 0;
  if (child.stdout)
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= enough) child.kill('SIGKILL');
    }
  await closed;
  if (child.signalCode !== 'SIGKILL') throw new Error('the import ended before it was killed');
  return acknowledged;
}

/** Each of those so far is among the kept ones with the same chance (reservoir sampling). */
function keep(kept: Acknowledged[], one: Acknowledged, count: number, random: () => number): void {
  if (kept.length < KEPT) kept.push(one);
  else {
    const at = Math.floor(random() * count);
    if (at < KEPT) kept[at] = one;
  }
}

interface Reading {
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly record: (read: ReadSeen) => void;
}

async function readOn(
  catalog: SqlCatalog,
  user: UserId,
  kept: readonly Acknowledged[],
  { random, signal, record }: Reading,
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    // All of them at different moments.
    await wait(READ_EVERY_MS * (0.5 + random()));
    const one = kept[Math.floor(random() * kept.length)];
    if (!one) continue;
    const atMs = performance.now();
    const told = await look(catalog, user, one, turn).catch((error: unknown) =>
      isClefError(error) ? error.code : String(error),
    );
    record({ atMs, tookMs: performance.now() - atMs, told });
  }
}

/** A track, its original, and the page of its album, in turns. */
async function look(
  catalog: SqlCatalog,
  user: UserId,
  { id, track: { tags, audio, original } }: Acknowledged,
  turn: number,
): Promise<string> {
  if (turn % 3 === 0)
    return (await catalog.originalOf(id))?.assetId === original.assetId ? 'done' : 'another original';
  const [track] = await catalog.tracks([id], user);
  const isSame =
    track?.title === tags.title && track?.album === tags.album && track?.durationMs === audio.durationMs;
  if (!isSame || turn % 3 === 1) return isSame ? 'done' : 'another track';
  const listed = (await catalog.albumTracks(track.albumId, user)).filter((each) => each.id === id);
  return listed.length === 1 ? 'done' : `${listed.length} times in its album`;
}

/** By how much the fullest or emptiest node is off the mean. */
function deviation(ofNodes: readonly number[] = []): number {
  const mean = sum(ofNodes) / ofNodes.length;
  return Math.max(...ofNodes.map((rows) => Math.abs(rows - mean))) / mean;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
