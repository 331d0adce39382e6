import type { ArtistId, LibraryId, TrackId } from '../../core/index.ts';
import { bucketOf } from '../../core/index.ts';
import { nameKey } from '../names.ts';
import type { Starrable, TrackView } from '../port.ts';
import { genreBucket } from './ids.ts';
import type { Items } from './items.ts';
import { keyset } from './keyset.ts';
import type { Libraries } from './libraries.ts';
import { shuffleOf } from './listings/track-lines.ts';
import { type Executor, prepared } from './prepared.ts';

/** Genres of the seed that are followed, the most telling first. */
const MAX_GENRES = 5;
/** Tracks looked at before and after the seed's year, a genre and library. */
const TRACKS_EACH_WAY = 100;
/** The seed of an album or artist is the sum of so many of its tracks. */
const MAX_SEED_TRACKS = 50;
/** Tracks looked at whatever their year, or without one, a genre and library. */
const TRACKS_OF_ANY_YEAR = 50;
/** Years at which closeness in time counts half. */
const HALF_LIFE_YEARS = 8;
/** Closeness in time where one of the two has no year. */
const UNKNOWN_CLOSENESS = 0.25;
/** Tracks of one artist among similar ones. */
const MAX_PER_ARTIST = 3;

const inGenre = { table: 'genre_track', equal: ['vb', 'genre_key', 'library_id'], id: 'track_id' } as const;
const laterTracks = keyset({ ...inGenre, sort: 'year', direction: 'asc' });
const earlierTracks = keyset({ ...inGenre, sort: 'year', direction: 'desc' });
const anyTracks = keyset({ ...inGenre, sort: 'shuffle', direction: 'asc' });
const mostPlayed = prepared<{ vb: number; artist_id: number; limit: number }, { track_id: number }>(
  (db, param) =>
    db
      .selectFrom('artist_track')
      .select('track_id')
      .where('vb', '=', param('vb'))
      .where('artist_id', '=', param('artist_id'))
      .orderBy('plays', 'desc')
      .orderBy('track_id', 'desc')
      .limit(param('limit')),
);
const tracksOfAlbum = prepared<{ vb: number; album_id: number; limit: number }, { track_id: number }>(
  (db, param) =>
    db
      .selectFrom('album_track')
      .select('track_id')
      .where('vb', '=', param('vb'))
      .where('album_id', '=', param('album_id'))
      .orderBy('disc_order')
      .orderBy('number_order')
      .orderBy('title_key')
      .orderBy('track_id')
      .limit(param('limit')),
);

export interface SimilarScope {
  readonly from: Executor;
  readonly items: Items;
  readonly libraries: Libraries;
}

/** What a seed sounds like, as far as tags can say. */
interface Profile {
  /** Genre keys with the share of the seed's tracks. */
  readonly genres: ReadonlyMap<string, number>;
  readonly year: number | undefined;
  /** Whose tracks are left out. */
  readonly artists: ReadonlySet<number>;
}

async function seedTrackIds(from: Executor, seed: Starrable): Promise<readonly number[]> {
  if (seed.kind === 'track') return [seed.id];
  const key = { vb: bucketOf(seed.id), limit: MAX_SEED_TRACKS };
  const rows =
    seed.kind === 'album'
      ? await from.all(tracksOfAlbum, { ...key, album_id: seed.id })
      : await from.all(mostPlayed, { ...key, artist_id: seed.id });
  return rows.map(({ track_id }) => track_id);
}

async function seedTracks(from: Executor, items: Items, seed: Starrable): Promise<readonly TrackView[]> {
  return [...(await items.plainTracks(await seedTrackIds(from, seed))).values()];
}

async function profileOf({ from, items }: SimilarScope, seed: Starrable): Promise<Profile> {
  const tracks = await seedTracks(from, items, seed);
  const genres = new Map<string, number>();
  const artists = new Set<number>(seed.kind === 'artist' ? [seed.id] : []);
  for (const track of tracks) {
    for (const key of new Set(track.genres.map(nameKey))) {
      genres.set(key, (genres.get(key) ?? 0) + 1 / tracks.length);
    }
    for (const { id } of seed.kind === 'artist' ? [] : [...track.artists, ...track.albumArtists]) {
      artists.add(id);
    }
  }
  const years = tracks.flatMap(({ year }) => (year === undefined ? [] : [year])).sort((a, b) => a - b);
  const shares = [...genres].sort(([a, shareA], [b, shareB]) => shareB - shareA || (a < b ? -1 : 1));
  return { genres: new Map(shares.slice(0, MAX_GENRES)), year: years[years.length >> 1], artists };
}

/** Tracks of one genre with how close in time they are: those next to the year, and some of any. */
async function closeTracks(
  from: Executor,
  equal: Readonly<Record<string, string | number>>,
  year: number | undefined,
  seedId: number,
): Promise<ReadonlyMap<number, number>> {
  const closeness = new Map<number, number>();
  const end = Number.MAX_SAFE_INTEGER;
  if (year !== undefined) {
    const here = { equal, after: { sort: year, id: -1 }, limit: TRACKS_EACH_WAY };
    const found = [
      ...(await laterTracks.after(from, { ...here, end })),
      ...(await earlierTracks.after(from, { ...here, end: 0 })),
    ];
    for (const { id, sort } of found) {
      closeness.set(id, 1 / (1 + Math.abs(Number(sort) - year) / HALF_LIFE_YEARS));
    }
  }
  const anywhere = { equal, after: { sort: shuffleOf(seedId), id: -1 }, limit: TRACKS_OF_ANY_YEAR };
  const some = await anyTracks.after(from, { ...anywhere, end });
  const fromStart = { ...anywhere, after: { sort: 0, id: -1 } };
  if (some.length < TRACKS_OF_ANY_YEAR) some.push(...(await anyTracks.after(from, { ...fromStart, end })));
  for (const { id } of some) if (!closeness.has(id)) closeness.set(id, UNKNOWN_CLOSENESS);
  return closeness;
}

/** Track ids of the profile's genres around its time, the most alike first. */
async function candidates(
  { from, libraries }: SimilarScope,
  { genres, year }: Profile,
  seedId: number,
): Promise<readonly number[]> {
  const everywhere: readonly LibraryId[] = await libraries.of(undefined);
  const scores = new Map<number, number>();
  for (const [genre_key, share] of genres) {
    for (const library_id of everywhere) {
      const equal = { vb: genreBucket(genre_key), genre_key, library_id };
      for (const [id, closeness] of await closeTracks(from, equal, year, seedId)) {
        scores.set(id, (scores.get(id) ?? 0) + share * (1 + closeness));
      }
    }
  }
  // Of equals, a different choice for each seed, the same each time.
  const place = (id: number) => shuffleOf(id ^ shuffleOf(seedId));
  return [...scores]
    .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || place(a) - place(b) || a - b)
    .map(([id]) => id);
}

export async function similarTrackIds(
  scope: SimilarScope,
  seed: Starrable,
  count: number,
): Promise<readonly TrackId[]> {
  const profile = await profileOf(scope, seed);
  const chosen: TrackId[] = [];
  const perArtist = new Map<number, number>();
  const ids = await candidates(scope, profile, seed.id);
  const views = await scope.items.plainTracks(ids);
  for (const id of ids) {
    if (chosen.length >= count) break;
    const track = views.get(id);
    if (!track || track.artists.some((artist) => profile.artists.has(artist.id))) continue;
    const artist = track.artists[0]?.id ?? 0;
    const times = perArtist.get(artist) ?? 0;
    if (times >= MAX_PER_ARTIST) continue;
    perArtist.set(artist, times + 1);
    chosen.push(track.id);
  }
  return chosen;
}

/** Album artists of tracks like the artist's own, those with most such tracks near the top first. */
export async function similarArtistIds(
  scope: SimilarScope,
  id: ArtistId,
  count: number,
): Promise<readonly ArtistId[]> {
  const profile = await profileOf(scope, { kind: 'artist', id });
  const ids = await candidates(scope, profile, id);
  const views = await scope.items.plainTracks(ids);
  const scores = new Map<ArtistId, number>();
  for (const [rank, trackId] of ids.entries()) {
    for (const artist of views.get(trackId)?.albumArtists ?? []) {
      if (profile.artists.has(artist.id)) continue;
      scores.set(artist.id, (scores.get(artist.id) ?? 0) + 1 / (1 + rank / MAX_SEED_TRACKS));
    }
  }
  return [...scores]
    .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
    .slice(0, count)
    .map(([artist]) => artist);
}

export async function mostPlayedTrackIds(
  from: Executor,
  artist: ArtistId,
  count: number,
): Promise<readonly number[]> {
  const key = { vb: bucketOf(artist), artist_id: artist, limit: count };
  return (await from.all(mostPlayed, key)).map(({ track_id }) => track_id);
}
