import { bucketOf } from '../../../core/index.ts';
import { compoundKey, sortKey } from '../../names.ts';
import { albumFactsFromJson, creditsFromJson } from '../credits.ts';
import { genreBucket, libraryBucket } from '../ids.ts';
import { tupleIn } from '../dialect.ts';
import { prepared, preparedList } from '../prepared.ts';
import type { AlbumRow, AlbumTrackRow, LibraryAlbumRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import type { Touched } from './touched.ts';
import { genresOf, shuffleOf } from './track-lines.ts';

interface TrackGroup {
  readonly vb: number;
  readonly album_id: number;
  readonly disc_number: number | null;
  readonly disc_title: string | null;
  readonly cover_asset_id: string | null;
  readonly genres: string;
  readonly track_count: number;
  readonly duration_ms: number;
}

const trackGroups = preparedList<number, unknown, TrackGroup>(
  (album) => [bucketOf(album), album],
  (db, tuples) =>
    db
      .selectFrom('album_track')
      .select(['vb', 'album_id', 'disc_number', 'disc_title', 'cover_asset_id', 'genres'])
      .select(({ fn }) => [
        fn.countAll<number>().as('track_count'),
        fn.sum<number>('duration_ms').as('duration_ms'),
      ])
      .where(tupleIn(db, ['vb', 'album_id'], tuples))
      .groupBy(['vb', 'album_id', 'disc_number', 'disc_title', 'cover_asset_id', 'genres']),
);
const firstTrack = prepared<{ vb: number; album_id: number }, AlbumTrackRow>((db, param) =>
  db
    .selectFrom('album_track')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('album_id', '=', param('album_id'))
    .orderBy('disc_order')
    .orderBy('number_order')
    .orderBy('title_key')
    .orderBy('track_id')
    .limit(1),
);
/** The columns that an album has from its tracks; these values without any. */
export const emptyAlbum = {
  title: '',
  sort_title: null,
  display_artist: '',
  artists: '[]',
  year: null,
  release_date: null,
  original_release_date: null,
  release_types: '[]',
  record_labels: '[]',
  genres: '[]',
  is_compilation: 0,
  disc_titles: '[]',
  track_count: 0,
  duration_ms: 0,
  cover_asset_id: null,
} as const satisfies Partial<AlbumRow>;

type AlbumSums = Omit<
  AlbumRow,
  'vb' | 'row_version' | 'id' | 'library_id' | 'mb_release_id' | 'created_at_ms'
>;

interface AlbumChange {
  readonly before: AlbumRow;
  readonly after: AlbumRow;
}

/**
 * Brings the rows of albums and their lines in lists up to their tracks. Answers the rows before and after, without
 * those that are not known (yet: a log may bring them after their tracks).
 */
export async function sumUpAlbums(
  tx: CatalogTransaction,
  touched: Touched,
  save: (row: AlbumRow) => Promise<void>,
): Promise<AlbumChange[]> {
  const ids = [...touched.albums];
  await tx.rows.load(
    'album',
    ids.map((id) => ({ vb: bucketOf(id), id })),
  );
  const groups = Map.groupBy(await tx.list(trackGroups, ids, {}), ({ album_id }) => album_id);
  const changes: AlbumChange[] = [];
  for (const id of ids) {
    const before = await tx.rows.get('album', { vb: bucketOf(id), id });
    if (before) changes.push(await sumUpAlbum(tx, touched, before, groups.get(id) ?? [], save));
  }
  return changes;
}

async function sumUpAlbum(
  tx: CatalogTransaction,
  touched: Touched,
  before: AlbumRow,
  groups: readonly TrackGroup[],
  save: (row: AlbumRow) => Promise<void>,
): Promise<AlbumChange> {
  const { id } = before;
  const sums = await sumsOf(tx, id, groups);
  const isChanged = Object.entries(sums).some(
    ([column, value]) => before[column as keyof AlbumSums] !== value,
  );
  const after = isChanged ? { ...before, ...sums } : before;
  if (!isChanged) return { before, after };
  await save(after);
  replaceLibraryLine(tx, touched, before, after);
  replaceGenreLines(tx, touched, before, after);
  for (const { id: artist } of [...creditsFromJson(before.artists), ...creditsFromJson(after.artists)]) {
    touched.artist(artist, id, after.library_id);
  }
  return { before, after };
}

async function sumsOf(
  tx: CatalogTransaction,
  albumId: number,
  groups: readonly TrackGroup[],
): Promise<AlbumSums> {
  const first = await tx.first(firstTrack, { vb: bucketOf(albumId), album_id: albumId });
  if (!first) return emptyAlbum;
  const facts = albumFactsFromJson(first.album_facts);
  return {
    title: first.album_title,
    sort_title: facts.sortTitle ?? null,
    display_artist: first.display_album_artist,
    artists: first.album_artists,
    year: first.year,
    release_date: facts.releaseDate ?? null,
    original_release_date: facts.originalReleaseDate ?? null,
    release_types: JSON.stringify(facts.releaseTypes ?? []),
    record_labels: JSON.stringify(facts.recordLabels ?? []),
    genres: mostUsedGenres(groups),
    is_compilation: facts.isCompilation ? 1 : 0,
    disc_titles: discTitles(groups),
    track_count: groups.reduce((total, { track_count }) => total + track_count, 0),
    duration_ms: groups.reduce((total, { duration_ms }) => total + duration_ms, 0),
    cover_asset_id: mostUsedCover(groups),
  };
}

/** The most common first; of equals the one that comes first by name. */
function ranked(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([name]) => name);
}

function mostUsedGenres(groups: readonly TrackGroup[]): string {
  const spellings = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { genres, track_count } of groups) {
    for (const [key, name] of genresOf(genres)) {
      const spelling = spellings.get(key);
      if (spelling === undefined || name < spelling) spellings.set(key, name);
      counts.set(key, (counts.get(key) ?? 0) + track_count);
    }
  }
  return JSON.stringify(ranked(counts).map((key) => spellings.get(key)));
}

/** One odd picture in a file does not become the album's. */
function mostUsedCover(groups: readonly TrackGroup[]): string | null {
  const counts = new Map<string, number>();
  for (const { cover_asset_id: cover, track_count } of groups) {
    if (cover !== null) counts.set(cover, (counts.get(cover) ?? 0) + track_count);
  }
  return ranked(counts)[0] ?? null;
}

function discTitles(groups: readonly TrackGroup[]): string {
  const titles = new Map<number, string>();
  for (const { disc_number, disc_title } of groups) {
    if (disc_title === null) continue;
    const disc = disc_number ?? 1;
    const other = titles.get(disc);
    if (other === undefined || disc_title < other) titles.set(disc, disc_title);
  }
  return JSON.stringify([...titles].sort(([a], [b]) => a - b));
}

function libraryLine(album: AlbumRow): LibraryAlbumRow {
  const title_key = sortKey(album.title, album.sort_title);
  return {
    vb: libraryBucket(album.library_id),
    library_id: album.library_id,
    album_id: album.id,
    title_key,
    artist_key: compoundKey(sortKey(album.display_artist), title_key),
    year_key: album.year === null ? null : compoundKey(yearKey(album.year), title_key),
    created_at_ms: album.created_at_ms,
    shuffle: shuffleOf(album.id),
  };
}

/** Four digits, so that years are ordered as texts. */
export function yearKey(year: number): string {
  return String(Math.min(Math.max(year, 0), 9999)).padStart(4, '0');
}

function replaceLibraryLine(
  { rows }: CatalogTransaction,
  touched: Touched,
  before: AlbumRow,
  after: AlbumRow,
): void {
  const line = libraryLine(after);
  const wasVisible = before.track_count > 0;
  const isVisible = after.track_count > 0;
  if (wasVisible !== isVisible) {
    const { vb, library_id } = line;
    touched.tally({ vb, library_id, kind: 'albums', name: '' }, isVisible ? 1 : -1);
  }
  if (!isVisible) {
    rows.delete('library_album', line);
    return;
  }
  const old = libraryLine(before);
  const isSame = wasVisible && old.artist_key === line.artist_key && old.year_key === line.year_key;
  if (!isSame || old.title_key !== line.title_key) rows.write('library_album', line);
}

function replaceGenreLines(
  { rows }: CatalogTransaction,
  touched: Touched,
  before: AlbumRow,
  after: AlbumRow,
): void {
  const { library_id, id: album_id } = after;
  const [old, genres] = [genresOf(before.genres), genresOf(after.genres)];
  const title_key = sortKey(after.title, after.sort_title);
  const isRetitled = sortKey(before.title, before.sort_title) !== title_key;
  for (const genre_key of old.keys()) {
    if (genres.has(genre_key)) continue;
    const vb = genreBucket(genre_key);
    rows.delete('genre_album', { vb, genre_key, library_id, album_id });
    touched.tally({ vb, library_id, kind: 'genre-albums', name: genre_key }, -1);
  }
  for (const genre_key of genres.keys()) {
    const vb = genreBucket(genre_key);
    if (!old.has(genre_key)) touched.tally({ vb, library_id, kind: 'genre-albums', name: genre_key }, 1);
    else if (!isRetitled) continue;
    rows.write('genre_album', { vb, genre_key, library_id, album_id, title_key });
  }
}
