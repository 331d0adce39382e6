import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { ImportedTrack } from '../../src/catalog/index.ts';
import { albumIdentities, artistIdentities, taggedCredits } from '../../src/catalog/identity.ts';
import type { Server } from '../../src/catalog/sql/shards/server.ts';
import type { TableName } from './shard-rows.ts';

const ROWS_AT_ONCE = 5_000;

/** What the catalogue has to hold of a source. */
export interface Implied {
  /** A digest of what is written of a track, by its original. */
  readonly tracks: ReadonlyMap<string, string>;
  readonly paths: ReadonlyMap<string, string>;
  /** How many rows there have to be in all. */
  readonly rows: Partial<Readonly<Record<TableName, number>>>;
}

/** Counted from the tracks alone. */
export async function implied(source: AsyncIterable<ImportedTrack>): Promise<Implied> {
  const tracks = new Map<string, string>();
  const paths = new Map<string, string>();
  const albums = new Set<string>();
  const artists = new Set<string>();
  const albumsOfArtists = new Set<string>();
  const genresOfAlbums = new Set<string>();
  let credits = 0;
  for await (const { original, file, tags, audio } of source) {
    const { albumArtists, artists: performers, displayArtist, displayAlbumArtist } = taggedCredits(tags);
    const [album = ''] = albumIdentities(original.libraryId, tags, albumArtists);
    const of = (artist: (typeof performers)[number]) => artistIdentities(artist)[0] ?? '';
    tracks.set(
      original.assetId,
      digest([
        tags.title,
        tags.album,
        displayArtist,
        displayAlbumArtist,
        tags.trackNumber,
        tags.year,
        tags.genres,
        audio.durationMs,
        original.lengthBytes,
      ]),
    );
    paths.set(original.assetId, file.pathKey);
    albums.add(digest(album));
    for (const genre of tags.genres) genresOfAlbums.add(digest([album, genre]));
    const named = new Set(performers.map(of));
    credits += named.size;
    for (const artist of [...named, ...albumArtists.map(of)]) {
      artists.add(artist);
      albumsOfArtists.add(digest([artist, album]));
    }
  }
  const [each, ofAlbums, ofArtists] = [tracks.size, albums.size, artists.size];
  return {
    tracks,
    paths,
    rows: {
      track: each,
      asset: each,
      asset_use: each,
      source_file: each,
      album_track: each,
      library_track: each,
      genre_track: each,
      album: ofAlbums,
      library_album: ofAlbums,
      genre_album: genresOfAlbums.size,
      artist: ofArtists,
      library_artist: ofArtists,
      artist_track: credits,
      artist_album: albumsOfArtists.size,
      identity: ofAlbums + ofArtists,
      tombstone: 0,
    },
  };
}

export interface Compared {
  /** Of the source, and not in the catalogue; also a file that is not a track's. */
  lost: number;
  doubled: number;
  /** There, with something else in it. */
  otherwise: number;
  /** In the catalogue, and not of the source. */
  unknown: number;
}

interface TrackFound {
  readonly vb: number;
  readonly id: number;
  readonly original_asset_id: string;
  readonly title: string;
  readonly album_title: string;
  readonly display_artist: string;
  readonly display_album_artist: string;
  readonly track_number: number | null;
  readonly year: number | null;
  readonly genres: string;
  readonly duration_ms: number;
  readonly length_bytes: number;
}

/** Every track and file of every data node, against the source. */
export async function compare(nodes: readonly Server[], { tracks, paths }: Implied): Promise<Compared> {
  const compared: Compared = { lost: 0, doubled: 0, otherwise: 0, unknown: 0 };
  const originals = new Map<number, string>();
  const seen = new Set<string>();
  for (const node of nodes) {
    for await (const row of tracksOn(node)) {
      const { original_asset_id: original } = row;
      const wanted = tracks.get(original);
      originals.set(row.id, original);
      if (wanted === undefined) compared.unknown++;
      else if (seen.has(original)) compared.doubled++;
      else if (digestOfRow(row) !== wanted) compared.otherwise++;
      seen.add(original);
    }
  }
  const files = new Set<string>();
  for (const node of nodes) {
    for await (const { path_key, track_id } of filesOn(node)) {
      const original = originals.get(track_id) ?? '';
      if (!paths.has(original)) compared.unknown++;
      else if (files.has(original)) compared.doubled++;
      else if (paths.get(original) !== path_key) compared.otherwise++;
      files.add(original);
    }
  }
  for (const original of tracks.keys()) if (!seen.has(original) || !files.has(original)) compared.lost++;
  return compared;
}

async function* tracksOn(node: Server): AsyncGenerator<TrackFound> {
  let after = sql`true`;
  for (;;) {
    const rows = await node.rows(
      sql<TrackFound>`select vb, id, original_asset_id, title, album_title, display_artist, display_album_artist,
        track_number, year, genres, duration_ms, length_bytes from track where ${after}
        order by vb, id limit ${sql.lit(ROWS_AT_ONCE)}`,
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_AT_ONCE) return;
    after = sql`(vb > ${last.vb} or (vb = ${last.vb} and id > ${last.id}))`;
  }
}

interface FileFound {
  readonly vb: number;
  readonly source_id: number;
  readonly path_hash: string;
  readonly path_key: string;
  readonly track_id: number;
}

/** Those of one source lie in one bucket. */
async function* filesOn(node: Server): AsyncGenerator<FileFound> {
  let after = sql`true`;
  for (;;) {
    const rows = await node.rows(
      sql<FileFound>`select vb, source_id, path_hash, path_key, track_id from source_file where ${after}
        order by vb, source_id, path_hash limit ${sql.lit(ROWS_AT_ONCE)}`,
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_AT_ONCE) return;
    after = sql`vb = ${last.vb} and source_id = ${last.source_id} and path_hash > ${last.path_hash}`;
  }
}

function digestOfRow(row: TrackFound): string {
  return digest([
    row.title,
    row.album_title,
    row.display_artist,
    row.display_album_artist,
    row.track_number ?? undefined,
    row.year ?? undefined,
    JSON.parse(row.genres),
    row.duration_ms,
    row.length_bytes,
  ]);
}

function digest(facts: unknown): string {
  return hash('sha256', JSON.stringify(facts), 'base64').slice(0, 22);
}
