import { LRUCache } from 'lru-cache';
import type { Database } from '../../catalog/sql/index.ts';

/** People who sign in at about the same time. */
const MAX_REMEMBERED = 1_024;
/** All of them have their user's bucket first in their keys. */
const SIGN_IN_TABLES: ReadonlySet<string> = new Set(['user', 'credential', 'device']);
/** A row in use is asked for again after so long, so that what another process changed unheard is seen. */
const CONFIRM_AFTER_MS = 60_000;
/** What the database did not confirm for so long counts no more: while it is away, nobody stays signed in for longer. */
const TRUST_MS = 15 * 60_000;

export interface SignInRowsOptions<Key, Row> {
  readonly database: Pick<Database, 'follow'>;
  readonly read: (key: Key) => Promise<Row | undefined>;
  /** The bucket of the user whose row it is. */
  readonly bucketOf: (key: Key) => number;
  /** Never goes back. */
  readonly monotonicMs: () => number;
}

interface Remembered<Row> {
  readonly row: Row;
  readonly confirmedAtMs: number;
  askedAtMs: number;
}

/**
 * Rows that every call of a player needs again, so that streaming waits for no database and goes on without it for a
 * while. Each commit of this process is told of before whoever made it hears of its success: what it changed is
 * forgotten here, and asked for anew, so that whoever is listening is known again should the database go away next. What is
 * changed by another process without a word is seen after a minute while the database answers.
 */
export class SignInRows<Key extends string | number, Row extends object> {
  readonly #options: SignInRowsOptions<Key, Row>;
  readonly #rows = new LRUCache<Key, Remembered<Row>>({ max: MAX_REMEMBERED });
  readonly #asking = new Map<Key, Promise<Row | undefined>>();

  constructor(options: SignInRowsOptions<Key, Row>) {
    this.#options = options;
    options.database.follow((changed) => {
      if (!changed) {
        this.#rows.clear();
        this.#asking.clear();
        return;
      }
      const buckets = new Set<number>();
      for (const { table, key } of changed) if (SIGN_IN_TABLES.has(table)) buckets.add(Number(key[0]));
      for (const bucket of buckets) this.forget(bucket);
    });
  }

  /** After a commit in this bucket, before whoever made it hears of its success. */
  forget(bucket: number): void {
    const { bucketOf } = this.#options;
    for (const key of this.#asking.keys()) if (bucketOf(key) === bucket) this.#asking.delete(key);
    const changed = [...this.#rows.keys()].filter((key) => bucketOf(key) === bucket);
    for (const key of changed) {
      this.#rows.delete(key);
      this.#askBeside(key);
    }
  }

  /**
   * What is not there is asked for each time: nobody can fill this with names that do not exist. Rejects with
   * `catalog-offline` where only the database would know.
   */
  async get(key: Key): Promise<Row | undefined> {
    const known = this.#rows.get(key);
    const nowMs = this.#options.monotonicMs();
    if (!known || nowMs - known.confirmedAtMs >= TRUST_MS) return this.#ask(key);
    if (nowMs - known.askedAtMs >= CONFIRM_AFTER_MS) {
      known.askedAtMs = nowMs;
      this.#askBeside(key);
    }
    return known.row;
  }

  /** Nobody waits for the answer; where there is none, what is known stays for its time. */
  #askBeside(key: Key): void {
    this.#ask(key).catch(() => undefined);
  }

  /** What is read while the row is forgotten may be of before, and is not kept. */
  #ask(key: Key): Promise<Row | undefined> {
    const underWay = this.#asking.get(key);
    if (underWay) return underWay;
    const { read, monotonicMs } = this.#options;
    const askedAtMs = monotonicMs();
    const asking = read(key)
      .then((row) => {
        if (this.#asking.get(key) !== asking) return row;
        if (row) this.#rows.set(key, { row, confirmedAtMs: askedAtMs, askedAtMs });
        else this.#rows.delete(key);
        return row;
      })
      .finally(() => {
        if (this.#asking.get(key) === asking) this.#asking.delete(key);
      });
    this.#asking.set(key, asking);
    return asking;
  }
}
