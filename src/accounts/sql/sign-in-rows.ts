import { LRUCache } from 'lru-cache';
import type { Database } from '../../catalog/sql/index.ts';

/** People who sign in at about the same time. */
const MAX_REMEMBERED = 1_024;
const SIGN_IN_TABLES: ReadonlySet<string> = new Set(['user', 'credential', 'device']);

/**
 * Rows that every call of a player needs again, so that streaming asks the database nothing. The one process that
 * has the database is told of each commit before whoever made it hears of its success: what is found here is
 * what the database would answer.
 */
export class SignInRows<Key extends string | number, Row extends object> {
  readonly #rows = new LRUCache<Key, Row>({ max: MAX_REMEMBERED });
  readonly #read: (key: Key) => Promise<Row | undefined>;
  #generation = 0;

  constructor(database: Database, read: (key: Key) => Promise<Row | undefined>) {
    this.#read = read;
    database.follow((changed) => {
      if (!changed || changed.some(({ table }) => SIGN_IN_TABLES.has(table))) this.forget();
    });
  }

  /** For a commit that followers are not told of, before whoever made it hears of its success. */
  forget(): void {
    this.#generation++;
    this.#rows.clear();
  }

  /** What is not there is asked for each time: nobody can fill this with names that do not exist. */
  async get(key: Key): Promise<Row | undefined> {
    const known = this.#rows.get(key);
    if (known) return known;
    const generation = this.#generation;
    const row = await this.#read(key);
    if (row && generation === this.#generation) this.#rows.set(key, row);
    return row;
  }
}
