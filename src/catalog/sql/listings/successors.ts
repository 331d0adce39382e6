import { bucketOf } from '../../../core/index.ts';
import { prepared } from '../prepared.ts';
import type { AnnotationRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import type { Visibility } from './listings.ts';
import type { Touched } from './touched.ts';

const annotationsOf = prepared<{ item_id: number }, AnnotationRow>((db, param) =>
  db.selectFrom('annotation').selectAll().where('item_id', '=', param('item_id')),
);

/**
 * An album or artist that lost its last track to another one, by new tags, sends its listeners there: its id
 * answers with the other, and stars, ratings and play counts move on. One whose tracks were removed keeps
 * what it has, hidden, until it returns.
 */
export async function settleSuccessors(
  tx: CatalogTransaction,
  touched: Touched,
  changes: readonly Visibility[],
): Promise<void> {
  await tx.rows.load('redirect', changes.map(redirectKey));
  for (const { kind, id, isVisible } of changes) {
    const key = redirectKey({ id });
    if (isVisible) {
      const redirect = await tx.rows.get('redirect', key);
      if (redirect && redirect.to_id !== null) await tx.put('redirect', { ...key, to_id: null });
      continue;
    }
    const successor = (kind === 'album' ? touched.albumSuccessors : touched.artistSuccessors).get(id);
    if (successor === undefined) continue;
    await tx.put('redirect', { ...key, to_id: successor });
    for (const annotation of await tx.all(annotationsOf, { item_id: id })) {
      await moveAnnotation(tx, annotation, successor);
    }
  }
}

async function moveAnnotation(tx: CatalogTransaction, from: AnnotationRow, toId: number): Promise<void> {
  const isBlank = from.starred_at_ms === null && from.rating === null && from.play_count === 0;
  if (isBlank) return;
  const key = { vb: from.vb, user_id: from.user_id, item_id: toId };
  const to = await tx.rows.get('annotation', key);
  await tx.put('annotation', {
    ...from,
    ...key,
    starred_at_ms: to?.starred_at_ms ?? from.starred_at_ms,
    rating: to?.rating ?? from.rating,
    play_count: (to?.play_count ?? 0) + from.play_count,
    last_played_at_ms: latest(to?.last_played_at_ms ?? null, from.last_played_at_ms),
  });
  await tx.put('annotation', {
    ...from,
    starred_at_ms: null,
    rating: null,
    play_count: 0,
    last_played_at_ms: null,
  });
}

function redirectKey({ id }: Pick<Visibility, 'id'>) {
  return { vb: bucketOf(id), from_id: id };
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
