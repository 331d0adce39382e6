import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { firstRow, prepareChange, prepareRows } from '../../projection/sqlite/index.ts';

/** How often each listener played each item: only so can a count be stated again without counting twice. */
export class PlayCounts {
  readonly #set: StatementSync;
  readonly #clear: StatementSync;
  readonly #total: StatementSync;

  constructor(database: DatabaseSync) {
    this.#set = prepareChange(
      database,
      'INSERT OR REPLACE INTO play_count (item_id, user_id, plays) VALUES (?, ?, ?)',
    );
    this.#clear = prepareChange(database, 'DELETE FROM play_count WHERE item_id = ? AND user_id = ?');
    this.#total = prepareRows(database, 'SELECT total(plays) FROM play_count WHERE item_id = ?');
  }

  set(itemId: number, userId: number, count: number): void {
    if (count > 0) this.#set.run(itemId, userId, count);
    else this.#clear.run(itemId, userId);
  }

  /** By everyone. */
  total(itemId: number): number {
    return firstRow<[number]>(this.#total, itemId)?.[0] ?? 0;
  }
}
