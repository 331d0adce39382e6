import type { Compilable, CompiledQuery, Kysely, Transaction as KyselyTransaction } from 'kysely';
import { catalogId } from '../../core/index.ts';
import {
  appendToOutbox,
  isInOutbox,
  type LanePlace,
  type Lanes,
  type OutboxChange,
} from './changes/outbox.ts';
import type { NewRow } from './dialect.ts';
import { ID_BLOCK, type IdBlock, type IdBlocks } from './id-blocks.ts';
import { type Executor, type Prepared, type PreparedList, type PreparedRows, prepared } from './prepared.ts';
import { rowToJson } from './row-json.ts';
import { keyOf, type RowKey, tableOfGet } from './row-statements.ts';
import type { CatalogMetaRow, LoggedName, Schema } from './schema.ts';
import { type KeyedTables, type LoggedTable, loggedTable } from './tables.ts';
import { type KeyOf, TransactionRows } from './transaction-rows.ts';

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

/**
 * A write in progress. Logged tables change through `put` and `remove` only: both note the row for the outbox,
 * which is written just before the commit with each row's last state. Derived tables are written through `rows`, which
 * holds back what is written until a query may see it. Work inside awaits this transaction and nothing else, since SQLite lets any other call on the same database wait for its
 * end, and changes nothing outside of it, since MariaDB may undo the work and run it again.
 */
export class CatalogTransaction implements Executor {
  readonly rows: TransactionRows;
  readonly #root: Kysely<Schema>;
  readonly #connection: KyselyTransaction<Schema>;
  readonly #ids: IdBlocks;
  readonly #takenIds = new Map<number, IdBlock>();
  readonly #outbox = new Map<string, { readonly entry: OutboxChange; readonly changed: ChangedRow }>();
  readonly #afterCommit: (() => void)[] = [];
  /** No other transaction has it. */
  readonly #writer: string;
  #places: readonly LanePlace[] = [];

  constructor(root: Kysely<Schema>, connection: KyselyTransaction<Schema>, ids: IdBlocks, writer: string) {
    this.#writer = writer;
    this.rows = new TransactionRows(root, connection);
    this.#root = root;
    this.#connection = connection;
    this.#ids = ids;
  }

  async all<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row[]> {
    return this.#run(query.bind(this.#root, params));
  }

  async first<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row | undefined> {
    const table = tableOfGet(query);
    // The parameters of such a query are a key, and its row is one of that table.
    if (table) return (await this.rows.get(table, params as RowKey)) as Row | undefined;
    return (await this.all(query, params))[0];
  }

  async run<Params>(query: Prepared<Params, unknown>, params: Params): Promise<void> {
    await this.#run(query.bind(this.#root, params));
  }

  async runAll<Row>(query: PreparedRows<Row>, rows: readonly Row[]): Promise<void> {
    for (const one of query.bind(this.#root, rows)) await this.#run(one);
  }

  async list<Item, Params, Row>(
    query: PreparedList<Item, Params, Row>,
    items: readonly Item[],
    params: Params,
  ): Promise<Row[]> {
    const rows: Row[] = [];
    for (const one of query.bind(this.#root, items, params)) rows.push(...(await this.#run(one)));
    return rows;
  }

  /** For the queries that are too rare to prepare. */
  async query<Row>(build: (db: Kysely<Schema>) => Compilable<Row>): Promise<Row[]> {
    return this.#run(build(this.#connection).compile());
  }

  async #run<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    await this.rows.settleFor(query);
    return (await this.#connection.executeQuery(query)).rows;
  }

  /** Writes a whole row of a logged table, new or not, and its change to the outbox. */
  async put<Name extends LoggedName>(name: Name, row: NewRow<Name>): Promise<void> {
    const table = tableOf(name);
    const values = row as Readonly<Record<string, unknown>> & { readonly vb: number };
    // The columns of a row but its version, its key among them.
    const key = row as unknown as KeyOf<Name>;
    const known = await this.rows.get(name, key);
    const row_version = (known?.row_version ?? 0) + 1;
    const written = { ...values, row_version } as unknown as KeyedTables[Name];
    this.rows.write(name, written);
    this.#note(keyOf(table, values), {
      vb: values.vb,
      table_name: name,
      row_version,
      row: JSON.stringify(rowToJson(table, values)),
    });
  }

  /**
   * Deletes a row of a logged table for good: its key must never be written again, since a deletion wins over
   * every version. Where there may be a return (a star, a path), write a row that says "not now" instead.
   */
  async remove<Name extends LoggedName>(
    name: Name,
    key: KeyOf<Name> & { readonly vb: number },
  ): Promise<boolean> {
    const row = await this.rows.get(name, key);
    if (!row) return false;
    this.rows.delete(name, key);
    const keyValues = keyOf(tableOf(name), key);
    const tombstone = { vb: key.vb, table_name: name, row_version: row.row_version + 1 };
    this.rows.write('tombstone', { ...tombstone, row_key: JSON.stringify(keyValues) });
    this.#note(keyValues, { ...tombstone, row: null });
    return true;
  }

  /** For the buckets that `nextId` is going to be asked for. */
  async loadSequences(buckets: readonly number[]): Promise<void> {
    const used = buckets.filter((bucket) => !this.#freeBlock(bucket));
    await this.rows.load(
      'id_sequence',
      Array.from(new Set(used), (vb) => ({ vb })),
    );
  }

  /** A new id in a bucket. No id is ever given twice, whatever commits, fails or is restored from a log. */
  async nextId<Id extends number>(bucket: number): Promise<Id> {
    let block = this.#freeBlock(bucket);
    if (!block) {
      const next = (await this.rows.get('id_sequence', { vb: bucket }))?.next_seq ?? 1;
      await this.put('id_sequence', { vb: bucket, next_seq: next + ID_BLOCK });
      block = { next, end: next + ID_BLOCK };
      this.#takenIds.set(bucket, block);
    }
    const id = catalogId<Id>(block.next++, bucket);
    this.rows.noteNewId(id);
    return id;
  }

  #freeBlock(bucket: number): IdBlock | undefined {
    const block = this.#takenIds.get(bucket) ?? this.#ids.get(bucket);
    return block && block.next < block.end ? block : undefined;
  }

  /** Runs when the commit is durable, and not after a rollback. Must not throw. */
  afterCommit(hook: () => void): void {
    this.#afterCommit.push(hook);
  }

  /** For the database only: writes the outbox. */
  async finish(lanes: Lanes): Promise<void> {
    await this.rows.flush();
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

function tableOf(name: LoggedName): LoggedTable {
  const table = loggedTable(name);
  if (!table) throw new RangeError(`no logged table is called ${name}`);
  return table;
}
