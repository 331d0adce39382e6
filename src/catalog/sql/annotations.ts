import { bucketOf, ClefError, type UserId } from '../../core/index.ts';
import type { CatalogAnnotations, Starrable } from '../port.ts';
import type { Database } from './database.ts';
import type { NewRow } from './dialect.ts';
import { GroupCommit } from './group-commit.ts';
import type { KeptPlays } from './plays/kept-plays.ts';
import { type Play, writePlays } from './plays/write-plays.ts';
import type { Executor } from './prepared.ts';
import { rowStatements } from './row-statements.ts';
import type { AnnotationRow } from './schema.ts';
import type { CatalogTransaction } from './transaction.ts';
import { rowKey } from './views.ts';

type Annotation = NewRow<'annotation'>;
type Marks = Pick<AnnotationRow, 'starred_at_ms' | 'rating' | 'play_count' | 'last_played_at_ms'>;

const UNMARKED: Marks = { starred_at_ms: null, rating: null, play_count: 0, last_played_at_ms: null };

interface PlayResult {
  readonly isKnown: boolean;
  /** Why it was neither written nor kept. */
  readonly failure?: unknown;
}

/** Plays that share a transaction. */
const MOST_PLAYS = 256;

/** Stars, ratings and plays of one listener, in the listener's bucket. */
export function annotationWriter(
  database: Database,
  now: () => number,
  keptPlays: KeptPlays | undefined,
): Pick<CatalogAnnotations, 'star' | 'unstar' | 'rate' | 'recordPlay'> {
  const plays = new GroupCommit<Play, PlayResult>(async (batch) => {
    try {
      const known = await writePlays(database, batch);
      return known.map((isKnown) => ({ isKnown }));
    } catch (error) {
      if (!keptPlays) throw error;
      const kept = keptPlays.keep(batch, error);
      return batch.map((_, at) => ({ isKnown: true, ...(at >= kept && { failure: error }) }));
    }
  }, MOST_PLAYS);
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
      const { isKnown, failure } = await plays.add({ user, track, playedAtMs });
      if (failure !== undefined) throw failure;
      if (!isKnown) throw new ClefError('not-found', 'no track has this id');
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
