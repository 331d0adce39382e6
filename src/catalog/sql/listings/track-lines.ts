import { bucketOf } from '../../../core/index.ts';
import { nameKey } from '../../names.ts';
import { creditsFromJson, textsFromJson } from '../credits.ts';
import { genreBucket, libraryBucket } from '../ids.ts';
import type { NewRow } from '../dialect.ts';
import type { AlbumTrackRow } from '../schema.ts';
import { ROLE_ARTIST, ROLE_COMPOSER } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { changeUse } from './asset-uses.ts';
import type { Touched } from './touched.ts';

/** After every numbered track of its disc. */
const UNNUMBERED = 2 ** 31 - 1;

/** A track's row, whatever its version. */
export type TrackState = NewRow<'track'>;

type AlbumTrackKey = Pick<
  AlbumTrackRow,
  'vb' | 'album_id' | 'disc_order' | 'number_order' | 'title_key' | 'track_id'
>;

/**
 * Exchanges the lines that one track has in the lists of its album, artists, genres, library and assets for
 * those of its new state; undefined for a track that was not there, or is no more. What is summed up from
 * lines is noted as touched. The lines depend on the track's row alone, so that states may come in any order.
 */
export async function replaceTrackLines(
  tx: CatalogTransaction,
  touched: Touched,
  before: TrackState | undefined,
  after: TrackState | undefined,
): Promise<void> {
  replaceAlbumLine(tx, touched, before, after);
  await replaceArtistLines(tx, touched, before, after);
  replaceGenreLines(tx, touched, before, after);
  replaceLibraryLine(tx, touched, before, after);
  await replaceAssetUses(tx, touched, before, after);
}

function albumKey(track: TrackState): AlbumTrackKey {
  return {
    vb: bucketOf(track.album_id),
    album_id: track.album_id,
    disc_order: track.disc_number ?? 1,
    number_order: track.track_number ?? UNNUMBERED,
    title_key: nameKey(track.title),
    track_id: track.id,
  };
}

function replaceAlbumLine(
  { rows }: CatalogTransaction,
  touched: Touched,
  before: TrackState | undefined,
  after: TrackState | undefined,
): void {
  if (before) {
    rows.delete('album_track', albumKey(before));
    touched.album(before.album_id);
    if (after && after.album_id !== before.album_id) {
      touched.albumSuccessors.set(before.album_id, after.album_id);
    }
  }
  if (after) {
    rows.write('album_track', { ...after, ...albumKey(after) });
    touched.album(after.album_id);
  }
}

interface Part {
  readonly roles: number;
  readonly name: string;
}

/** What each artist does on a track. */
function partsOf(track: TrackState | undefined): Map<number, Part> {
  const parts = new Map<number, Part>();
  if (!track) return parts;
  for (const { id, name } of creditsFromJson(track.artists)) parts.set(id, { roles: ROLE_ARTIST, name });
  for (const { id, name } of creditsFromJson(track.composers)) {
    const artist = parts.get(id);
    parts.set(id, { roles: (artist?.roles ?? 0) | ROLE_COMPOSER, name: artist?.name ?? name });
  }
  return parts;
}

async function replaceArtistLines(
  { rows }: CatalogTransaction,
  touched: Touched,
  before: TrackState | undefined,
  after: TrackState | undefined,
): Promise<void> {
  const [old, parts] = [partsOf(before), partsOf(after)];
  if (before && after) {
    noteSuccessors(touched, before.artists, after.artists);
    noteSuccessors(touched, before.album_artists, after.album_artists);
  }
  if (before) {
    for (const id of old.keys()) {
      touched.artist(id, before.album_id, before.library_id);
      if (parts.has(id)) continue;
      rows.delete('artist_track', { vb: bucketOf(id), artist_id: id, track_id: before.id });
    }
  }
  if (!after) return;
  const plays = await rows.get('track_plays', { vb: bucketOf(after.id), track_id: after.id });
  for (const [id, { roles, name }] of parts) {
    touched.artist(id, after.album_id, after.library_id);
    rows.write('artist_track', {
      vb: bucketOf(id),
      artist_id: id,
      track_id: after.id,
      album_id: after.album_id,
      library_id: after.library_id,
      roles,
      name,
      plays: plays?.plays ?? 0,
    });
  }
}

/** Where as many are credited as before, each stands in the place of the one that stood there. */
function noteSuccessors(touched: Touched, before: string, after: string): void {
  if (before === after) return;
  const [old, credits] = [creditsFromJson(before), creditsFromJson(after)];
  if (old.length !== credits.length) return;
  for (const [index, { id }] of old.entries()) {
    const successor = credits[index]?.id;
    if (successor !== undefined && successor !== id) touched.artistSuccessors.set(id, successor);
  }
}

/** Folded names to names as tagged; the first spelling of each. */
export function genresOf(genres: string): Map<string, string> {
  const byKey = new Map<string, string>();
  for (const name of textsFromJson(genres)) {
    const key = nameKey(name);
    if (!byKey.has(key)) byKey.set(key, name);
  }
  return byKey;
}

function replaceGenreLines(
  { rows }: CatalogTransaction,
  touched: Touched,
  before: TrackState | undefined,
  after: TrackState | undefined,
): void {
  const genres = after ? genresOf(after.genres) : new Map<string, string>();
  if (before) {
    const { library_id, id: track_id } = before;
    for (const [genre_key, name] of genresOf(before.genres)) {
      const vb = genreBucket(genre_key);
      touched.genre({ vb, genre_key, library_id, name }, -1);
      if (genres.has(genre_key) && after?.library_id === library_id) continue;
      rows.delete('genre_track', { vb, genre_key, library_id, track_id });
    }
  }
  if (!after) return;
  const { library_id, id: track_id, year } = after;
  for (const [genre_key, name] of genres) {
    const vb = genreBucket(genre_key);
    touched.genre({ vb, genre_key, library_id, name }, 1);
    rows.write('genre_track', { vb, genre_key, library_id, track_id, year, shuffle: shuffleOf(track_id) });
  }
}

function replaceLibraryLine(
  { rows }: CatalogTransaction,
  touched: Touched,
  before: TrackState | undefined,
  after: TrackState | undefined,
): void {
  if (before && before.library_id !== after?.library_id) {
    const { library_id } = before;
    const vb = libraryBucket(library_id);
    rows.delete('library_track', { vb, library_id, track_id: before.id });
    touched.tally({ vb, library_id, kind: 'tracks', name: '' }, -1);
  }
  if (!after) return;
  const { library_id, id: track_id, year } = after;
  const vb = libraryBucket(library_id);
  if (before?.library_id !== library_id) {
    touched.tally({ vb, library_id, kind: 'tracks', name: '' }, 1);
  } else if (before.year === year) {
    return;
  }
  rows.write('library_track', { vb, library_id, track_id, year, shuffle: shuffleOf(track_id) });
}

function assetsOf(track: TrackState | undefined): Set<string> {
  const assets = new Set<string>();
  if (track) assets.add(track.original_asset_id);
  if (track?.cover_asset_id) assets.add(track.cover_asset_id);
  return assets;
}

async function replaceAssetUses(
  tx: CatalogTransaction,
  touched: Touched,
  before: TrackState | undefined,
  after: TrackState | undefined,
): Promise<void> {
  const [old, assets] = [assetsOf(before), assetsOf(after)];
  const trackId = after?.id ?? before?.id;
  if (trackId === undefined) return;
  for (const id of old.difference(assets)) {
    await changeUse(tx, touched, { assetId: id, trackId, isUsed: false });
  }
  for (const id of assets.difference(old)) {
    await changeUse(tx, touched, { assetId: id, trackId, isUsed: true });
  }
}

/** A place in the shuffled order that random picks start from: 31 bits that say nothing of the id. */
export function shuffleOf(id: number): number {
  // murmur3's finalizer over both halves (https://github.com/aappleby/smhasher, MurmurHash3.cpp, fmix32).
  let hash = (id % 2 ** 32) ^ Math.imul(Math.floor(id / 2 ** 32), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1;
}
