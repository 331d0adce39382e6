import type { DatabaseSync } from 'node:sqlite';
import { isClefError } from '../../../core/index.ts';
import type { Database } from '../database.ts';
import { openSqlite, translateSqliteError } from '../sqlite/node-sqlite.ts';
import { type Play, writePlays } from './write-plays.ts';

const BUSY_TIMEOUT_MS = 2_000;
/** Of many listeners for hours; whoever comes later is told that the catalogue is away. */
const DEFAULT_MOST = 100_000;
const AT_ONCE = 200;
const DEFAULT_INTERVAL_MS = 5_000;

/** What ends by itself, so that a play can be written later. Twice is once: nobody need know whether it was. */
const FOR_LATER = ['catalog-offline', 'catalog-conflict', 'catalog-in-doubt', 'data-full'] as const;

const SCHEMA = `
  create table if not exists kept_play (
    user_id integer not null, track_id integer not null, played_at_ms integer not null,
    primary key (user_id, track_id, played_at_ms)) strict;
`;

export interface KeptPlaysOptions {
  /** A path, or `:memory:`. */
  readonly file: string;
  readonly database: Database;
  /** Told of each play that can never be written. */
  readonly onFailure: (error: unknown) => void;
  readonly most?: number;
  readonly intervalMs?: number;
}

/** Plays that were heard while the catalogue's database was away, until it is back. They outlive the process. */
export class KeptPlays implements AsyncDisposable {
  readonly #options: KeptPlaysOptions;
  readonly #file: DatabaseSync;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: KeptPlaysOptions) {
    this.#options = options;
    this.#file = openSqlite({ file: options.file, busyTimeoutMs: BUSY_TIMEOUT_MS });
    this.#file.exec(SCHEMA);
    this.#timer = setInterval(() => void this.write(), options.intervalMs ?? DEFAULT_INTERVAL_MS);
    this.#timer.unref();
  }

  get count(): number {
    return Number(this.#file.prepare('select count(*) as count from kept_play').get()?.['count']);
  }

  /** Takes the first of those that could not be written, as many as there is room for; throws why they could not where that stays so. */
  keep(plays: readonly Play[], failure: unknown): number {
    const { most = DEFAULT_MOST } = this.#options;
    if (!isForLater(failure)) throw failure;
    const taken = plays.slice(0, Math.max(0, most - this.count));
    this.#runFor(taken, 'insert or ignore into kept_play (user_id, track_id, played_at_ms) values (?, ?, ?)');
    return taken.length;
  }

  /** Writes what is kept, as far as it can be written now. Never rejects. */
  write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#writing;
    this.#file.close();
  }

  async #writeAll(): Promise<void> {
    for (let some = this.#next(); some.length > 0 && !this.#isClosed; some = this.#next()) {
      if (!(await this.#writeSome(some))) return;
    }
  }

  /** False where the rest has to wait. */
  async #writeSome(plays: readonly Play[]): Promise<boolean> {
    const { database, onFailure } = this.#options;
    try {
      // Tracks that are no more count nothing.
      await writePlays(database, plays);
    } catch (error) {
      if (isForLater(error)) return false;
      if (plays.length > 1) return this.#writeEach(plays);
      onFailure(error);
    }
    this.#forget(plays);
    return true;
  }

  async #writeEach(plays: readonly Play[]): Promise<boolean> {
    for (const play of plays) {
      if (!(await this.#writeSome([play]))) return false;
    }
    return true;
  }

  #next(): readonly Play[] {
    const rows = this.#file
      .prepare('select user_id, track_id, played_at_ms from kept_play order by rowid limit ?')
      .all(AT_ONCE);
    // As they were kept.
    return rows.map(
      ({ user_id, track_id, played_at_ms }) =>
        ({ user: user_id, track: track_id, playedAtMs: played_at_ms }) as unknown as Play,
    );
  }

  #forget(plays: readonly Play[]): void {
    this.#runFor(plays, 'delete from kept_play where user_id = ? and track_id = ? and played_at_ms = ?');
  }

  #runFor(plays: readonly Play[], text: string): void {
    const statement = this.#file.prepare(text);
    this.#file.exec('begin immediate');
    try {
      for (const { user, track, playedAtMs } of plays) statement.run(user, track, playedAtMs);
      this.#file.exec('commit');
    } catch (error) {
      this.#file.exec('rollback');
      throw translateSqliteError(error);
    }
  }
}

function isForLater(error: unknown): boolean {
  return FOR_LATER.some((code) => isClefError(error, code));
}
