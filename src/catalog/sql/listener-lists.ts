import { bucketOf, type LibraryId, type UserId } from '../../core/index.ts';
import { type Cursor, type Keyset, keyset } from './keyset.ts';
import type { WalkableList } from './pager.ts';
import type { Executor } from './prepared.ts';
import type { AnnotationRow } from './schema.ts';

// Lists of what one listener starred, rated or played, in the listener's bucket.

const annotations = {
  table: 'annotation',
  equal: ['vb', 'user_id', 'kind'],
  id: 'item_id',
  direction: 'desc',
} as const;

const byOrder = {
  starred: keyset({ ...annotations, sort: 'starred_at_ms' }),
  highest: keyset({ ...annotations, sort: 'rating' }),
  frequent: keyset({ ...annotations, sort: 'play_count' }),
  recent: keyset({ ...annotations, sort: 'last_played_at_ms' }),
} as const satisfies Record<string, Keyset>;

export type ListenerOrder = keyof typeof byOrder;

/** The lowest value that makes an item part of the list. */
const LOWEST: Readonly<Record<ListenerOrder, number>> = { starred: 0, highest: 1, frequent: 1, recent: 0 };

export interface ListenerScope {
  readonly from: Executor;
  readonly user: UserId;
  readonly kind: AnnotationRow['kind'];
  readonly libraryId?: LibraryId | undefined;
  /** Of these items, the ones that are there to be shown. What a listener noted outlives the item. */
  readonly visible: (ids: readonly number[]) => Promise<ReadonlySet<number>>;
}

/** The most, or the latest, first. */
export function listByListener(scope: ListenerScope, order: ListenerOrder): WalkableList {
  const { from, user, kind, libraryId, visible } = scope;
  const equal = { vb: bucketOf(user), user_id: user, kind };
  const start = { sort: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };
  return {
    name: `${kind} ${order} of ${user} in ${libraryId ?? ''}`,
    async after(place, limit) {
      const items: Cursor[] = [];
      let at = place ?? start;
      while (items.length < limit) {
        const rows = await byOrder[order].after(from, { equal, after: at, end: LOWEST[order], limit });
        const shown = await visible(rows.map(({ id }) => id));
        items.push(...rows.filter(({ id }) => shown.has(id)));
        const last = rows.at(-1);
        if (!last || rows.length < limit) break;
        at = last;
      }
      return items.slice(0, limit);
    },
  };
}
