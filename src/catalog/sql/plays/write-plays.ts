import { bucketOf, type TrackId, type UserId } from '../../../core/index.ts';
import { creditsFromJson } from '../credits.ts';
import type { Database } from '../database.ts';
import type { NewRow } from '../dialect.ts';
import { addPlays } from '../listings/plays.ts';
import type { Executor } from '../prepared.ts';
import { type RowKey, rowStatements } from '../row-statements.ts';
import type { AnnotationRow, TrackRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { rowKey } from '../views.ts';

export interface Play {
  readonly user: UserId;
  readonly track: TrackId;
  readonly playedAtMs: number;
}

/** What counts a play: its track, the album, the artists. */
interface Counted {
  readonly kind: AnnotationRow['kind'];
  readonly id: number;
}

/**
 * Notes plays as one transaction, each once however often it comes. Answers for each whether its track is there. Albums and
 * artists are read before: whoever changes them meanwhile is not waited for, and they stay in their library.
 */
export async function writePlays(database: Database, plays: readonly Play[]): Promise<readonly boolean[]> {
  const tracks = await tracksOf(database, plays);
  const libraries = await librariesOf(database, tracks);
  return database.transact((tx) => notePlays(tx, plays, libraries));
}

async function notePlays(
  tx: CatalogTransaction,
  plays: readonly Play[],
  libraries: ReadonlyMap<number, string>,
): Promise<readonly boolean[]> {
  // Their credits must not change before what they count is written.
  await tx.rows.load('track', keysOf(plays.map(({ track }) => track)));
  await tx.rows.load('play', plays.map(playKey));
  const heard = [];
  for (const play of plays) {
    const track = await tx.rows.get('track', rowKey(play.track));
    heard.push({ play, track });
  }
  await loadCounts(tx, heard);
  const added = new Map<TrackId, { readonly track: TrackRow; count: number }>();
  for (const { play, track } of heard) {
    if (!track || (await tx.rows.get('play', playKey(play)))) continue;
    await tx.put('play', playKey(play));
    for (const counted of countedBy(track)) await count(tx, play, counted, libraries);
    const before = added.get(play.track)?.count ?? 0;
    added.set(play.track, { track, count: before + 1 });
  }
  // In one order, as whoever else takes these rows does.
  for (const [id, { track, count: by }] of [...added].sort(([a], [b]) => a - b)) {
    const credits = [...creditsFromJson(track.artists), ...creditsFromJson(track.composers)];
    await addPlays(tx, id, by, new Set(credits.map((artist) => artist.id)));
  }
  return heard.map(({ track }) => track !== undefined);
}

async function loadCounts(
  tx: CatalogTransaction,
  heard: readonly { readonly play: Play; readonly track: TrackRow | undefined }[],
): Promise<void> {
  const present = heard.flatMap(({ play, track }) => (track ? [{ play, track }] : []));
  const annotations = present.flatMap(({ play, track }) =>
    countedBy(track).map(({ id }) => annotationKey(play.user, id)),
  );
  await tx.rows.load('annotation', annotations);
  await tx.rows.load(
    'track_plays',
    present.map(({ track: { id } }) => ({ vb: bucketOf(id), track_id: id })),
  );
}

async function count(
  tx: CatalogTransaction,
  { user, playedAtMs }: Play,
  { kind, id }: Counted,
  libraries: ReadonlyMap<number, string>,
): Promise<void> {
  const key = annotationKey(user, id);
  const known = await tx.rows.get('annotation', key);
  // A track that was given other credits a moment ago.
  const library_id = libraries.get(id) ?? (await libraryOf(tx, { kind, id }));
  if (library_id === undefined) return;
  const row: NewRow<'annotation'> = {
    ...key,
    kind,
    library_id,
    starred_at_ms: known?.starred_at_ms ?? null,
    rating: known?.rating ?? null,
    play_count: (known?.play_count ?? 0) + 1,
    last_played_at_ms: Math.max(known?.last_played_at_ms ?? playedAtMs, playedAtMs),
  };
  await tx.put('annotation', row);
}

async function libraryOf(tx: CatalogTransaction, { kind, id }: Counted): Promise<string | undefined> {
  return (await tx.rows.get(kind, rowKey(id)))?.library_id;
}

async function tracksOf(from: Executor, plays: readonly Play[]): Promise<readonly TrackRow[]> {
  const ids = plays.map(({ track }) => track);
  return from.list(rowStatements('track').getAll, keysOf(ids), {});
}

async function librariesOf(
  from: Executor,
  tracks: readonly TrackRow[],
): Promise<ReadonlyMap<number, string>> {
  const counted = tracks.flatMap(countedBy);
  const idsOf = (kind: Counted['kind']) => counted.flatMap((one) => (one.kind === kind ? [one.id] : []));
  const [albums, artists] = await Promise.all([
    from.list(rowStatements('album').getAll, keysOf(idsOf('album')), {}),
    from.list(rowStatements('artist').getAll, keysOf(idsOf('artist')), {}),
  ]);
  const rows = [...tracks, ...albums, ...artists];
  return new Map(rows.map(({ id, library_id }) => [id, library_id]));
}

function countedBy({ id, album_id, artists }: TrackRow): readonly Counted[] {
  return [
    { kind: 'track', id },
    { kind: 'album', id: album_id },
    ...creditsFromJson(artists).map((artist) => ({ kind: 'artist', id: artist.id }) as const),
  ];
}

function keysOf(ids: readonly number[]): readonly RowKey[] {
  return Array.from(new Set(ids), rowKey);
}

function playKey({ user, track, playedAtMs }: Play) {
  return { vb: bucketOf(user), user_id: user, played_at_ms: playedAtMs, track_id: track };
}

function annotationKey(user: UserId, item_id: number) {
  return { vb: bucketOf(user), user_id: user, item_id };
}
