import { sql } from 'kysely';
import type { LibraryId } from '../../core/index.ts';
import { nameKey } from '../names.ts';
import type { RandomFilter } from '../port.ts';
import { genreBucket, libraryBucket } from './ids.ts';
import { type Executor, type Prepared, prepared } from './prepared.ts';

/** Up to so many candidates are all read and drawn from evenly. */
const DRAWN_WHOLE = 2_000;
/** Rows read at a random place: neighbours on the shuffled line are no neighbours elsewhere. */
const WINDOW = 64;
/** Rows taken of a window, so that one draw does not look like the next. */
const TAKEN_OF_WINDOW = 4;
/** Places that are tried, a wanted item, before what was found has to do. */
const PROBES_PER_ITEM = 20;
const SHUFFLE_END = 2 ** 31;

interface Candidate {
  readonly id: number;
  readonly year: number | null;
}

interface WindowParams {
  readonly vb: number;
  readonly library_id: string;
  readonly genre_key: string;
  readonly from: number;
  readonly limit: number;
}

/** A shuffled line: random picks start anywhere on it. */
interface Line {
  readonly table: 'library_track' | 'library_album' | 'genre_track';
  readonly id: 'track_id' | 'album_id';
  readonly hasYear: boolean;
}

function windowQuery({ table, id, hasYear }: Line): Prepared<WindowParams, Candidate> {
  return prepared((db, param) => {
    // One code for three tables; the line says which columns there are.
    const rows = db
      .selectFrom(table as 'genre_track')
      .select([
        sql.ref<number>(id).as('id'),
        hasYear ? sql.ref<number | null>('year').as('year') : sql<null>`null`.as('year'),
      ])
      .where('vb', '=', param('vb'))
      .where('library_id', '=', param('library_id'))
      .where('shuffle', '>=', param('from'))
      .orderBy('shuffle')
      .orderBy(sql.ref(id))
      .limit(param('limit'));
    return table === 'genre_track' ? rows.where('genre_key', '=', param('genre_key')) : rows;
  });
}

interface YearParams extends Omit<WindowParams, 'from'> {
  readonly from_year: number;
  readonly to_year: number;
}

function yearQuery(table: 'library_track' | 'genre_track'): Prepared<YearParams, Candidate> {
  return prepared((db, param) => {
    const rows = db
      .selectFrom(table as 'genre_track')
      .select(['track_id as id', 'year'])
      .where('vb', '=', param('vb'))
      .where('library_id', '=', param('library_id'))
      .where('year', '>=', param('from_year'))
      .where('year', '<=', param('to_year'))
      .orderBy('year')
      .orderBy('track_id')
      .limit(param('limit'));
    return table === 'genre_track' ? rows.where('genre_key', '=', param('genre_key')) : rows;
  });
}

const albumWindow = windowQuery({ table: 'library_album', id: 'album_id', hasYear: false });
const trackWindow = windowQuery({ table: 'library_track', id: 'track_id', hasYear: true });
const genreWindow = windowQuery({ table: 'genre_track', id: 'track_id', hasYear: true });
const tracksOfYears = yearQuery('library_track');
const genreTracksOfYears = yearQuery('genre_track');

export interface RandomScope {
  readonly from: Executor;
  /** With how many candidates each holds, for an even draw over all. */
  readonly libraries: readonly { readonly id: LibraryId; readonly size: number }[];
  /** In [0, 1). */
  readonly random: () => number;
}

export async function randomAlbumIds(scope: RandomScope, count: number): Promise<readonly number[]> {
  return draw(scope, { count }, albumWindow, undefined);
}

export async function randomTrackIds(scope: RandomScope, filter: RandomFilter): Promise<readonly number[]> {
  const hasYears = filter.fromYear !== undefined || filter.toYear !== undefined;
  const isGenre = filter.genre !== undefined;
  const years = isGenre ? genreTracksOfYears : tracksOfYears;
  return draw(scope, filter, isGenre ? genreWindow : trackWindow, hasYears ? years : undefined);
}

/**
 * Draws without reading everything: small sets whole, large ones by windows at random places. Where years
 * narrow a large set so far that windows miss, the rest is drawn from the first of those years.
 */
async function draw(
  { from, libraries, random }: RandomScope,
  filter: Omit<RandomFilter, 'libraryId'>,
  window: Prepared<WindowParams, Candidate>,
  yearQuery: Prepared<YearParams, Candidate> | undefined,
): Promise<readonly number[]> {
  const genre_key = filter.genre === undefined ? '' : nameKey(filter.genre);
  const [fromYear, toYear] = [filter.fromYear ?? 0, filter.toYear ?? Number.MAX_SAFE_INTEGER];
  const keyOf = (library_id: LibraryId) => ({
    vb: filter.genre === undefined ? libraryBucket(library_id) : genreBucket(genre_key),
    library_id,
    genre_key,
  });
  const narrow = { keyOf, yearQuery, fromYear, toYear };
  const isWhole = filter.genre === undefined && !yearQuery;
  const isKnownLarge = isWhole && libraries.reduce((total, { size }) => total + size, 0) > DRAWN_WHOLE;
  const few = isKnownLarge ? [] : await firstCandidates({ from, libraries, random }, window, narrow);
  const picked = new Set<number>();
  if (isKnownLarge || few.length > DRAWN_WHOLE) {
    await probe({ from, libraries, random }, filter.count, window, narrow, picked);
  }
  for (const id of shuffled(few, random)) {
    if (picked.size >= filter.count) break;
    picked.add(id);
  }
  return [...picked];
}

interface Narrowing {
  readonly keyOf: (library: LibraryId) => Pick<WindowParams, 'vb' | 'library_id' | 'genre_key'>;
  readonly yearQuery: Prepared<YearParams, Candidate> | undefined;
  readonly fromYear: number;
  readonly toYear: number;
}

/** All candidates, or more than DRAWN_WHOLE of them. */
async function firstCandidates(
  { from, libraries }: RandomScope,
  window: Prepared<WindowParams, Candidate>,
  { keyOf, yearQuery, fromYear, toYear }: Narrowing,
): Promise<number[]> {
  const few: number[] = [];
  for (const { id } of libraries) {
    const key = { ...keyOf(id), limit: DRAWN_WHOLE + 1 - few.length };
    const rows = yearQuery
      ? await from.all(yearQuery, { ...key, from_year: fromYear, to_year: toYear })
      : await from.all(window, { ...key, from: 0 });
    few.push(...rows.map((row) => row.id));
    if (few.length > DRAWN_WHOLE) break;
  }
  return few;
}

async function probe(
  { from, libraries, random }: RandomScope,
  count: number,
  window: Prepared<WindowParams, Candidate>,
  { keyOf, yearQuery, fromYear, toYear }: Narrowing,
  picked: Set<number>,
): Promise<void> {
  for (let probes = count * PROBES_PER_ITEM; probes > 0 && picked.size < count; probes--) {
    const library = weighted(libraries, random);
    if (!library) return;
    const place = Math.floor(random() * SHUFFLE_END);
    const rows = await from.all(window, { ...keyOf(library), from: place, limit: WINDOW });
    const fitting = rows.filter(
      ({ id, year }) =>
        !picked.has(id) && (!yearQuery || (year !== null && year >= fromYear && year <= toYear)),
    );
    for (let taken = 0; taken < TAKEN_OF_WINDOW && picked.size < count; taken++) {
      const one = fitting[Math.floor(random() * fitting.length)];
      if (one) picked.add(one.id);
    }
  }
}

function weighted(libraries: RandomScope['libraries'], random: () => number): LibraryId | undefined {
  let place = random() * libraries.reduce((total, { size }) => total + size, 0);
  for (const { id, size } of libraries) {
    place -= size;
    if (place < 0) return id;
  }
  return libraries[0]?.id;
}

/** Fisher and Yates. */
function shuffled(ids: readonly number[], random: () => number): number[] {
  const result = [...ids];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a !== undefined && b !== undefined) [result[last], result[other]] = [b, a];
  }
  return result;
}
