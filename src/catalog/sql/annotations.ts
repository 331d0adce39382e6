import { bucketOf, ClefError, type TrackId, type UserId } from '../../core/index.ts';
import type { CatalogAnnotations, Starrable } from '../port.ts';
import { creditsFromJson } from './credits.ts';
import type { Database } from './database.ts';
import type { NewRow } from './dialect.ts';
import { addPlays } from './listings/plays.ts';
import type { Executor } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { AnnotationRow } from './schema.ts';
import type { CatalogTransaction } from './transaction.ts';
import { rowKey } from './views.ts';

type Annotation = NewRow<'annotation'>;
type Marks = Pick<AnnotationRow, 'starred_at_ms' | 'rating' | 'play_count' | 'last_played_at_ms'>;

const UNMARKED: Marks = { starred_at_ms: null, rating: null, play_count: 0, last_played_at_ms: null };

/** Stars, ratings and plays of one listener, in the listener's bucket. */
export function annotationWriter(
  database: Database,
  now: () => number,
): Pick<CatalogAnnotations, 'star' | 'unstar' | 'rate' | 'recordPlay'> {
  return {
    async star(user, items) {
      const nowMs = now();
      const found = await existing(database, items);
      await database.transact(async (tx) => {
        for (const item of found) {
          await mark(tx, user, item, (known) => ({ starred_at_ms: known.starred_at_ms ?? nowMs }));
        }
      });
    },

    async unstar(user, items) {
      const found = await existing(database, items);
      await database.transact(async (tx) => {
        for (const item of found) await mark(tx, user, item, () => ({ starred_at_ms: null }));
      });
    },

    async rate(user, item, rating) {
      const found = await existing(database, [item]);
      await database.transact(async (tx) => {
        for (const one of found) await mark(tx, user, one, () => ({ rating: rating === 0 ? null : rating }));
      });
    },

    async recordPlay(user, track, playedAtMs) {
      await database.transact((tx) => recordPlay(tx, user, track, playedAtMs));
    },
  };
}

type Existing = Starrable & { readonly libraryId: string };

/**
 * Asked before a transaction, which then keeps to the listener's bucket: what a listener noted outlives the item anyway, and
 * an item stays in its library.
 */
async function existing(from: Executor, items: readonly Starrable[]): Promise<readonly Existing[]> {
  const found: Existing[] = [];
  for (const item of items) {
    const row = await from.first(rowStatements(item.kind).get, rowKey(item.id));
    if (!row) throw new ClefError('not-found', `no ${item.kind} has this id`);
    found.push({ ...item, libraryId: row.library_id });
  }
  return found;
}

async function mark(
  tx: CatalogTransaction,
  user: UserId,
  item: Existing,
  change: (known: Marks) => Partial<Marks>,
): Promise<void> {
  const key = { vb: bucketOf(user), user_id: user, item_id: item.id };
  const known: Marks = (await tx.first(rowStatements('annotation').get, key)) ?? UNMARKED;
  const { starred_at_ms, rating, play_count, last_played_at_ms } = known;
  const marks: Marks = { starred_at_ms, rating, play_count, last_played_at_ms, ...change(known) };
  if (Object.entries(marks).every(([column, value]) => known[column as keyof Marks] === value)) return;
  const row: Annotation = { ...key, kind: item.kind, library_id: item.libraryId, ...marks };
  await tx.put('annotation', row);
}

async function recordPlay(
  tx: CatalogTransaction,
  user: UserId,
  trackId: TrackId,
  playedAtMs: number,
): Promise<void> {
  const track = await tx.first(rowStatements('track').get, rowKey(trackId));
  if (!track) throw new ClefError('not-found', 'no track has this id');
  const play = { vb: bucketOf(user), user_id: user, played_at_ms: playedAtMs, track_id: trackId };
  if (await tx.first(rowStatements('play').get, play)) return;
  await tx.put('play', play);
  const artists = creditsFromJson(track.artists);
  const composers = creditsFromJson(track.composers);
  const played: Starrable[] = [
    { kind: 'track', id: trackId },
    // Written by credits and album ids of this catalogue.
    { kind: 'album', id: track.album_id as Extract<Starrable, { kind: 'album' }>['id'] },
    ...artists.map(({ id }) => ({ kind: 'artist', id }) as const),
  ];
  for (const item of await existing(tx, played)) {
    await mark(tx, user, item, ({ play_count, last_played_at_ms }) => ({
      play_count: play_count + 1,
      last_played_at_ms: Math.max(last_played_at_ms ?? playedAtMs, playedAtMs),
    }));
  }
  await addPlays(tx, trackId, 1, new Set([...artists, ...composers].map(({ id }) => id)));
}
