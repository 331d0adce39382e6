import type { CompiledQuery, Kysely } from 'kysely';
import { HeldRows } from './held-rows.ts';
import type { PreparedList } from './prepared.ts';
import { type Row, type RowKey, type RowStatements, rowStatements } from './row-statements.ts';
import type { Schema } from './schema.ts';
import { type KeyedName, type KeyedTables, keyedTables } from './tables.ts';
import { isRead, tablesOf } from './tables-of.ts';

/**
 * Keys that differ in their last value alone, such as those of a library's lists, are asked for apart from so many on: MariaDB weighs
 * every index that begins as they do for every pair of them (256 took 190 ms, and 6 so).
 */
const MANY_SIBLINGS = 16;

/** A key, or an owner: the columns that it names. */
export type KeyOf<Name extends KeyedName> = Readonly<Partial<KeyedTables[Name]>>;

/**
 * Rows of tables by their keys, as one transaction leaves them. What it writes is sent when a query asks for the table,
 * or at its end, so that many rows share a statement; what is known that it will read can be read together.
 */
export class TransactionRows {
  readonly #root: Kysely<Schema>;
  readonly #connection: Kysely<Schema>;
  readonly #newIds = new Set<number>();
  readonly #held = new Map<string, HeldRows>(
    keyedTables.map((table) => [table.name, new HeldRows(table, this.#newIds)]),
  );

  /** `root` compiles, `connection` runs. */
  constructor(root: Kysely<Schema>, connection: Kysely<Schema>) {
    this.#root = root;
    this.#connection = connection;
  }

  async get<Name extends KeyedName>(name: Name, key: KeyOf<Name>): Promise<KeyedTables[Name] | undefined> {
    const held = this.#of(name);
    const at = plain(key);
    if (!held.get(at)) {
      const rows = await this.#send(rowStatements(name).get.bind(this.#root, at));
      held.found([at], rows as readonly Row[]);
    }
    // Read from this table, or written to it.
    return held.get(at)?.row as KeyedTables[Name] | undefined;
  }

  /** No row of the database has it in its key yet. */
  noteNewId(id: number): void {
    this.#newIds.add(id);
  }

  /** What `get` is going to ask for. */
  async load<Name extends KeyedName>(name: Name, keys: readonly KeyOf<Name>[]): Promise<void> {
    const held = this.#of(name);
    const wanted = keys.map(plain).filter((key) => !held.get(key));
    const { getAll, getSiblings } = rowStatements(name);
    const few: RowKey[] = [];
    for (const siblings of Map.groupBy(wanted, (key) => held.siblingsOf(key)).values()) {
      if (siblings.length < MANY_SIBLINGS) few.push(...siblings);
      else held.found(siblings, await this.#list(getSiblings, siblings, siblings[0]));
    }
    held.found(few, await this.#list(getAll, few));
  }

  /** Rows whose keys begin with the two values of the owner. */
  async all<Name extends KeyedName>(name: Name, owner: KeyOf<Name>): Promise<readonly KeyedTables[Name][]> {
    await this.loadAll(name, [owner]);
    // As in `get`.
    return this.#of(name).all(plain(owner)) as unknown as readonly KeyedTables[Name][];
  }

  /** What `all` is going to ask for. */
  async loadAll<Name extends KeyedName>(name: Name, owners: readonly KeyOf<Name>[]): Promise<void> {
    const held = this.#of(name);
    const wanted = owners.map(plain).filter((owner) => !held.all(owner));
    held.foundAll(wanted, await this.#list(rowStatements(name).getOwned, wanted));
  }

  /** False where there is none, and where nobody has looked. */
  hasOne<Name extends KeyedName>(name: Name, owner: KeyOf<Name>): boolean {
    return this.#of(name).hasOne(plain(owner));
  }

  /** Inserts a row, or overwrites it. */
  write<Name extends KeyedName>(name: Name, row: KeyedTables[Name]): void {
    // An interface of columns.
    this.#of(name).write(row as unknown as Row);
  }

  delete<Name extends KeyedName>(name: Name, key: KeyOf<Name>): void {
    this.#of(name).delete(plain(key));
  }

  /** Before a query that may see, or change, what is held. */
  async settleFor(query: CompiledQuery): Promise<void> {
    for (const name of tablesOf(query)) {
      const held = this.#held.get(name);
      if (!held) continue;
      await this.#flush(held);
      if (!isRead(query)) this.#held.set(name, new HeldRows(held.table, this.#newIds));
    }
  }

  async flush(): Promise<void> {
    for (const held of this.#held.values()) await this.#flush(held);
  }

  async #flush(held: HeldRows): Promise<void> {
    if (!held.isPending) return;
    const { insert, update, replace, delete: deleted } = held.takePending();
    const statements: RowStatements = rowStatements(held.table.name);
    // New rows come last: one may bear the name that another has just given up.
    for (const key of deleted) await this.#send(statements.delete.bind(this.#root, plain(key)));
    for (const query of statements.replace.bind(this.#root, replace)) await this.#send(query);
    for (const row of update) await this.#send(statements.update.bind(this.#root, row));
    for (const query of statements.insert.bind(this.#root, insert)) await this.#send(query);
  }

  async #list(
    query: PreparedList<RowKey, RowKey, unknown>,
    items: readonly RowKey[],
    shared: RowKey = {},
  ): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const one of query.bind(this.#root, items, shared)) rows.push(...((await this.#send(one)) as Row[]));
    return rows;
  }

  async #send(query: CompiledQuery): Promise<readonly unknown[]> {
    return (await this.#connection.executeQuery(query)).rows;
  }

  #of(name: KeyedName): HeldRows {
    const held = this.#held.get(name);
    if (!held) throw new RangeError(`no table is called ${name}`);
    return held;
  }
}

/** Columns of keys hold integers and texts only. */
function plain(key: object): RowKey {
  return key as RowKey;
}
