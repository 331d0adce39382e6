import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { type GeneratedTrack, generatedTracks } from '../../bench/catalog/music.ts';
import { sampledTracks } from '../../bench/catalog/query-log.ts';
import { generatedChanges } from '../../bench/catalog/search-changes.ts';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { startMariadb } from '../support/start-mariadb.ts';
import { ask, latency, msOf } from '../../bench/support/search-timing.ts';

const ROWS_AT_ONCE = 2_000;
const FULLTEXT_SEARCHES = 300;
/** Each reads the whole table. */
const LIKE_SEARCHES = 20;
const BUFFER_POOL_MIB = 2_048;

/**
 * Beginnings of two words of title and artist, of words that InnoDB indexes (three letters and more), asked in turns of
 * the index and of a table of the same tracks. Its answers are not ranked but by plays, nor corrected.
 */
export async function besideMariadb(count: number, seed: number, say: (text: string) => void) {
  await using folder = await temporaryFolder('search-beside');
  await using index = openSearchIndex({ path: join(folder.path, 'search.sqlite') });
  await index.rebuild(generatedChanges(count, seed), { position: { catalogId: 'proof', seq: 1 } });
  await using server = await startMariadb({ bufferPoolMib: BUFFER_POOL_MIB });
  const connection = await createConnection(await server.newDatabase());
  try {
    await connection.query(
      `create table track (id int primary key, title varchar(400), artist varchar(400), album varchar(400), plays int)
       default charset utf8mb4 collate utf8mb4_general_ci`,
    );
    const startedMs = performance.now();
    let rows: (string | number)[][] = [];
    const write = async () => {
      if (rows.length > 0) await connection.query('insert into track values ?', [rows]);
      rows = [];
    };
    for (const { index: id, title, displayArtist, album, playCount } of generatedTracks(count, seed)) {
      rows.push([id, title, displayArtist, album.title, playCount]);
      if (rows.length >= ROWS_AT_ONCE) await write();
    }
    await write();
    await connection.query('alter table track add fulltext (title, artist, album)');
    const loadedSeconds = (performance.now() - startedMs) / 1000;
    say(`MariaDB has ${count} tracks and their FULLTEXT index after ${loadedSeconds.toFixed(0)} s`);

    const texts = sampledTracks(count, 4 * FULLTEXT_SEARCHES, seed)
      .flatMap(beginnings)
      .slice(0, FULLTEXT_SEARCHES);
    const times = { clef: [] as number[], fulltext: [] as number[], like: [] as number[] };
    for (const [number, words] of texts.entries()) {
      times.clef.push(msOf(() => ask(index, words.join(' '))));
      const match = words.map((word) => `+${word}*`).join(' ');
      times.fulltext.push(
        await msOfQuery(() =>
          connection.query(
            `select id from track where match (title, artist, album) against (? in boolean mode)
             order by plays desc limit 20`,
            [match],
          ),
        ),
      );
      if (number >= LIKE_SEARCHES) continue;
      const likes = words.map((word) => `%${word}%`);
      const anywhere = `concat_ws(' ', title, artist, album) like ?`;
      times.like.push(
        await msOfQuery(() =>
          connection.query(
            `select id from track where ${likes.map(() => anywhere).join(' and ')} order by plays desc limit 20`,
            likes,
          ),
        ),
      );
    }
    return {
      tracks: count,
      mariadbLoadedSeconds: Math.round(loadedSeconds),
      clef: latency(times.clef),
      fulltext: latency(times.fulltext),
      like: latency(times.like),
    };
  } finally {
    await connection.end();
  }
}

function beginnings({ title, album }: GeneratedTrack): string[][] {
  const word = (text: string) => text.split(' ').find((one) => /^\p{L}{4,}$/u.test(one));
  const [ofTitle, ofArtist] = [word(title), word(album.artist.name.replace('The ', ''))];
  return ofTitle && ofArtist ? [[ofTitle.slice(0, 4), ofArtist.slice(0, 4)]] : [];
}

async function msOfQuery(query: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await query();
  return performance.now() - startedMs;
}
