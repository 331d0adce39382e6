import type { Kysely, Transaction as KyselyTransaction } from 'kysely';
import { catalogId } from '../../core/index.ts';
import {
  appendToOutbox,
  isInOutbox,
  type LanePlace,
  type Lanes,
  type OutboxChange,
} from './changes/outbox.ts';
import { isMysql, type NewRow } from './dialect.ts';
import { ID_BLOCK, type IdBlock, type IdBlocks } from './id-blocks.ts';
import {
  type Executor,
  executor,
  type Prepared,
  type PreparedList,
  type PreparedRows,
  prepared,
} from './prepared.ts';
import { rowToJson } from './row-json.ts';
import { keyOf, type RowKey, type RowStatements, rowStatements } from './row-statements.ts';
import type { CatalogMetaRow, LoggedName, Schema, TombstoneRow } from './schema.ts';

const sequenceOf = prepared<{ vb: number }, { next_seq: number }>((db, param) =>
  db.selectFrom('id_sequence').select('next_seq').where('vb', '=', param('vb')),
);

/** Which row of a logged table a transaction changed. */
export interface ChangedRow {
  readonly table: LoggedName;
  readonly key: readonly (string | number)[];
  /** 1 for a new row. */
  readonly rowVersion: number;
}

export const metaValue = prepared<Pick<CatalogMetaRow, 'name'>, { value: string }>((db, param) =>
  db.selectFrom('catalog_meta').select('value').where('name', '=', param('name')),
);
export const putTombstone = prepared<TombstoneRow, unknown>((db, param) =>
  db.replaceInto('tombstone').values({
    vb: param('vb'),
    table_name: param('table_name'),
    row_key: param('row_key'),
    row_version: param('row_version'),
  }),
);

/**
 * A write in progress. Logged tables change through `put` and `remove` only: both note the row for the outbox,
 * which is written just before the commit with each row's last state. Derived tables are written by query.
 * Work inside awaits this transaction and nothing else, since SQLite lets any other call on the same database wait for its
 * end, and changes nothing outside of it, since MariaDB may undo the work and run it again.
 */
export class CatalogTransaction implements Executor {
  /** For the queries that are too rare to prepare. */
  readonly db: KyselyTransaction<Schema>;
  readonly #executor: Executor;
  readonly #canUpsert: boolean;
  readonly #ids: IdBlocks;
  readonly #takenIds = new Map<number, IdBlock>();
  readonly #outbox = new Map<string, { readonly entry: OutboxChange; readonly changed: ChangedRow }>();
  readonly #afterCommit: (() => void)[] = [];
  /** No other transaction has it. */
  readonly #writer: string;
  #places: readonly LanePlace[] = [];

  constructor(root: Kysely<Schema>, db: KyselyTransaction<Schema>, ids: IdBlocks, writer: string) {
    this.#writer = writer;
    this.db = db;
    this.#executor = executor(root, db);
    this.#canUpsert = !isMysql(root);
    this.#ids = ids;
  }

  all<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row[]> {
    return this.#executor.all(query, params);
  }

  first<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row | undefined> {
    return this.#executor.first(query, params);
  }

  run<Params>(query: Prepared<Params, unknown>, params: Params): Promise<void> {
    return this.#executor.run(query, params);
  }

  runAll<Row>(query: PreparedRows<Row>, rows: readonly Row[]): Promise<void> {
    return this.#executor.runAll(query, rows);
  }

  list<Item, Params, Row>(
    query: PreparedList<Item, Params, Row>,
    items: readonly Item[],
    params: Params,
  ): Promise<Row[]> {
    return this.#executor.list(query, items, params);
  }

  /** Writes a whole row of a logged table, new or not, and its change to the outbox. */
  async put<Name extends LoggedName>(name: Name, row: NewRow<Name>): Promise<void> {
    const statements = rowStatements(name);
    const values = row as Record<string, unknown> & { readonly vb: number };
    const row_version = await (this.#canUpsert
      ? this.#upsert(statements, values)
      : this.#write(statements, values));
    const { table } = statements;
    this.#note(keyOf(table, values), {
      vb: values.vb,
      table_name: name,
      row_version,
      row: JSON.stringify(rowToJson(table, values)),
    });
  }

  async #upsert({ upsert }: RowStatements, values: Readonly<Record<string, unknown>>): Promise<number> {
    return (await this.first(upsert, values))?.row_version ?? 1;
  }

  /** The read has locked the row, or the gap where it is going to be. */
  async #write(
    { version, insert, update }: RowStatements,
    values: Readonly<Record<string, unknown>>,
  ): Promise<number> {
    // Keys hold integers and text only.
    const known = await this.first(version, values as RowKey);
    const row_version = (known?.row_version ?? 0) + 1;
    await this.run(known ? update : insert, { ...values, row_version });
    return row_version;
  }

  /**
   * Deletes a row of a logged table for good: its key must never be written again, since a deletion wins over
   * every version. Where there may be a return (a star, a path), write a row that says "not now" instead.
   */
  async remove<Name extends LoggedName>(name: Name, key: RowKey & { readonly vb: number }): Promise<boolean> {
    const { table, get, delete: deleteRow } = rowStatements(name);
    const row = await this.first(get, key);
    if (!row) return false;
    await this.run(deleteRow, key);
    const keyValues = keyOf(table, key);
    const tombstone = { vb: key.vb, table_name: name, row_version: row.row_version + 1 };
    await this.run(putTombstone, { ...tombstone, row_key: JSON.stringify(keyValues) });
    this.#note(keyValues, { ...tombstone, row: null });
    return true;
  }

  /** A new id in a bucket. No id is ever given twice, whatever commits, fails or is restored from a log. */
  async nextId<Id extends number>(bucket: number): Promise<Id> {
    let block = this.#takenIds.get(bucket) ?? this.#ids.get(bucket);
    if (!block || block.next === block.end) {
      const next = (await this.first(sequenceOf, { vb: bucket }))?.next_seq ?? 1;
      await this.put('id_sequence', { vb: bucket, next_seq: next + ID_BLOCK });
      block = { next, end: next + ID_BLOCK };
      this.#takenIds.set(bucket, block);
    }
    return catalogId<Id>(block.next++, bucket);
  }

  /** Runs when the commit is durable, and not after a rollback. Must not throw. */
  afterCommit(hook: () => void): void {
    this.#afterCommit.push(hook);
  }

  /** For the database only: writes the outbox. */
  async finish(lanes: Lanes): Promise<void> {
    if (this.#outbox.size === 0) return;
    const changes = Array.from(this.#outbox.values(), ({ entry }) => entry);
    this.#places = await appendToOutbox(this, changes, { lanes, writer: this.#writer });
  }

  /**
   * For the database only: what tells whether this was committed. Its first place and its last: they lie on two shards where it
   * touched more than one, and one may be away.
   */
  traces(): readonly ((other: Executor) => Promise<boolean | undefined>)[] {
    const ends = new Set([this.#places.at(0), this.#places.at(-1)]);
    return [...ends].flatMap((place) =>
      place ? [(other: Executor) => isInOutbox(other, place, this.#writer)] : [],
    );
  }

  /** For the database only. Answers which logged rows changed. */
  committed(): readonly ChangedRow[] {
    this.#ids.commit(this.#takenIds);
    for (const hook of this.#afterCommit) hook();
    return Array.from(this.#outbox.values(), ({ changed }) => changed);
  }

  #note(
    key: ChangedRow['key'],
    head: Omit<OutboxChange, 'row_key' | 'table_name'> & { table_name: LoggedName },
  ): void {
    const rowKey = JSON.stringify(key);
    const name = `${head.table_name}${rowKey}`;
    // The place in the outbox is that of the last change.
    this.#outbox.delete(name);
    this.#outbox.set(name, {
      entry: { ...head, row_key: rowKey },
      changed: { table: head.table_name, key, rowVersion: head.row_version },
    });
  }
}
