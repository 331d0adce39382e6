import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { toHex } from '../../../core/index.ts';
import type { LanePlace } from '../changes/outbox.ts';
import type { OutboxEntryRow } from '../schema.ts';
import { openSqlite } from '../sqlite/node-sqlite.ts';

/** A change in this server's own order. */
export interface RelayedRow {
  readonly seq: number;
  readonly table_name: string;
  readonly row_key: string;
  readonly row_version: number;
  readonly row: string | null;
}

const BUSY_TIMEOUT_MS = 2_000;

const SCHEMA = `
  create table if not exists stream (
    name text not null, last_seq integer not null, trimmed_seq integer not null) strict;
  create table if not exists lane (vb integer primary key, seq integer not null) strict;
  create table if not exists change (
    seq integer primary key, table_name text not null, row_key text not null, row_version integer not null,
    row text) strict;
`;

/**
 * The changes of a catalogue that others write to as well, in the order in which this server heard of them, and how far it
 * has read each lane: one number for whoever follows, whatever the lanes are. Without the file a new stream begins.
 */
export class RelayFile implements Disposable {
  readonly #database: DatabaseSync;

  /** A path, or `:memory:`. */
  constructor(file: string) {
    this.#database = openSqlite({ file, busyTimeoutMs: BUSY_TIMEOUT_MS });
    this.#database.exec(SCHEMA);
    if (this.#database.prepare('select 1 from stream').get() === undefined) this.#begin([], 0);
  }

  /** Names the stream that this server's numbers count in. */
  get name(): string {
    return String(this.#stream()['name']);
  }

  get lastSeq(): number {
    return Number(this.#stream()['last_seq']);
  }

  get trimmedSeq(): number {
    return Number(this.#stream()['trimmed_seq']);
  }

  /** How far each lane was read; lanes that are not named were not read at all. */
  places(): ReadonlyMap<number, number> {
    const rows = this.#database.prepare('select vb, seq from lane').all();
    return new Map(rows.map(({ vb, seq }) => [Number(vb), Number(seq)]));
  }

  /** As one: the changes and where their lanes stand. */
  append(entries: readonly OutboxEntryRow[]): void {
    this.#inTransaction(() => {
      const insert = this.#database.prepare(
        'insert into change (seq, table_name, row_key, row_version, row) values (?, ?, ?, ?, ?)',
      );
      const place = this.#database.prepare('insert or replace into lane (vb, seq) values (?, ?)');
      let seq = this.lastSeq;
      for (const entry of entries) {
        insert.run(++seq, entry.table_name, entry.row_key, entry.row_version, entry.row);
        place.run(entry.vb, entry.seq);
      }
      this.#database.prepare('update stream set last_seq = ?').run(seq);
    });
  }

  after(seq: number, limit: number): readonly RelayedRow[] {
    const rows = this.#database
      .prepare(
        'select seq, table_name, row_key, row_version, row from change where seq > ? order by seq limit ?',
      )
      .all(seq, limit);
    // The table is STRICT.
    return rows as unknown as readonly RelayedRow[];
  }

  trim(upToSeq: number): void {
    const seq = Math.min(upToSeq, this.lastSeq);
    if (seq <= this.trimmedSeq) return;
    this.#inTransaction(() => {
      this.#database.prepare('delete from change where seq <= ?').run(seq);
      this.#database.prepare('update stream set trimmed_seq = ?').run(seq);
    });
  }

  /** From here on, in a new stream, of which whoever follows has missed the beginning: it counts on, so that nobody is ahead of it. */
  beginAnew(places: readonly LanePlace[]): void {
    this.#inTransaction(() => {
      const missed = this.lastSeq + 1;
      this.#database.exec('delete from stream; delete from lane; delete from change');
      this.#begin(places, missed);
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #begin(places: readonly LanePlace[], missed: number): void {
    this.#database
      .prepare('insert into stream (name, last_seq, trimmed_seq) values (?, ?, ?)')
      .run(toHex(randomBytes(16)), missed, missed);
    const place = this.#database.prepare('insert into lane (vb, seq) values (?, ?)');
    for (const { vb, seq } of places) place.run(vb, seq);
  }

  #stream(): Readonly<Record<string, unknown>> {
    return this.#database.prepare('select name, last_seq, trimmed_seq from stream').get() ?? {};
  }

  #inTransaction(work: () => void): void {
    this.#database.exec('begin immediate');
    try {
      work();
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }
}
