import { setImmediate } from 'node:timers/promises';
import type { LibraryId } from '../../core/index.ts';
import { compareText } from '../names.ts';
import type { ArtistLetters } from '../port.ts';
import { libraryBucket } from './ids.ts';
import { type Cursor, mergeCursors } from './keyset.ts';
import type { LibraryScope } from './library-lists.ts';
import type { WalkableList } from './pager.ts';
import { type Executor, prepared } from './prepared.ts';
import type { LibraryArtistRow } from './schema.ts';

/** Read at once while all are walked through; others get their turn in between. */
const ARTISTS_PER_STEP = 500;

const artistLines = prepared<
  { vb: number; library_id: string; name_key: string; artist_id: number; limit: number },
  Pick<LibraryArtistRow, 'name_key' | 'artist_id' | 'album_count'>
>((db, param) =>
  db
    .selectFrom('library_artist')
    .select(['name_key', 'artist_id', 'album_count'])
    .where('vb', '=', param('vb'))
    .where('library_id', '=', param('library_id'))
    .where('name_key', '>=', param('name_key'))
    .where((row) =>
      row.or([row('name_key', '>', param('name_key')), row('artist_id', '>', param('artist_id'))]),
    )
    .orderBy('name_key')
    .orderBy('artist_id')
    .limit(param('limit')),
);

/** Those of a library in steps, by sort name; guests and composers left out. */
async function* linesOf(from: Executor, library_id: LibraryId, place: Cursor | undefined, limit: number) {
  const key = { vb: libraryBucket(library_id), library_id, limit };
  let after = { name_key: String(place?.sort ?? ''), artist_id: place?.id ?? -1 };
  for (;;) {
    const rows = await from.all(artistLines, { ...key, ...after });
    yield rows.filter(({ album_count }) => album_count > 0);
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    after = last;
  }
}

/** Ids of album artists with their albums in these libraries, by sort name. */
export async function albumArtists({
  from,
  libraries,
}: LibraryScope): Promise<readonly (readonly [id: number, albumCount: number])[]> {
  const lines = new Map<number, { readonly key: string; albumCount: number }>();
  for (const library of libraries) {
    for await (const rows of linesOf(from, library, undefined, ARTISTS_PER_STEP)) {
      for (const { artist_id, name_key, album_count } of rows) {
        const line = lines.get(artist_id);
        if (line) line.albumCount += album_count;
        else lines.set(artist_id, { key: name_key, albumCount: album_count });
      }
      await setImmediate();
    }
  }
  const sorted = [...lines];
  if (libraries.length > 1) sorted.sort(([a, x], [b, y]) => compareText(x.key, y.key) || a - b);
  return sorted.map(([id, { albumCount }]) => [id, albumCount]);
}

/** The same in pages. */
export function listAlbumArtists({ from, libraries }: LibraryScope): WalkableList {
  return {
    name: `album artists in ${libraries.join(' ')}`,
    async after(place, limit) {
      const ranges: Cursor[][] = [];
      for (const library of libraries) {
        const range: Cursor[] = [];
        for await (const rows of linesOf(from, library, place, limit)) {
          for (const { name_key, artist_id } of rows) range.push({ sort: name_key, id: artist_id });
          if (range.length >= limit) break;
        }
        ranges.push(range.slice(0, limit));
      }
      return mergeCursors(ranges, 'asc', limit);
    },
  };
}

/** Where in that list each first letter begins. */
export async function lettersOf(scope: LibraryScope): Promise<ArtistLetters> {
  const list = listAlbumArtists(scope);
  const letters = new Map<string, number>();
  let count = 0;
  for (let place: Cursor | undefined; ; ) {
    const step = await list.after(place, ARTISTS_PER_STEP);
    for (const { sort } of step) {
      const letter = letterOf(String(sort));
      if (!letters.has(letter)) letters.set(letter, count);
      count++;
    }
    place = step.at(-1);
    if (step.length < ARTISTS_PER_STEP) break;
    await setImmediate();
  }
  return { count, letters: [...letters].map(([letter, offset]) => ({ letter, offset })) };
}

/** Without its accent: É stands at E. Empty for what begins with no letter. */
function letterOf(name: string): string {
  const [first = ''] = name.normalize('NFD').toUpperCase();
  return /\p{L}/u.test(first) ? first : '';
}
