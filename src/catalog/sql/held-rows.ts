import { compareText } from '../names.ts';
import { keyOf, type Row, type RowKey } from './row-statements.ts';
import type { KeyedTable } from './tables.ts';

/** What the database has not been told yet. */
type Pending = 'insert' | 'update' | 'replace' | 'delete';

interface Held {
  readonly key: RowKey;
  /** Undefined where there is none. */
  row: Row | undefined;
  pending: Pending | undefined;
}

/** Rows of a table whose keys begin with the same two values. */
interface Owned {
  readonly rows: Map<string, Held>;
  /** There are no others. */
  isWhole: boolean;
}

export type PendingWrites = Readonly<Record<Pending, readonly Row[]>>;

/**
 * The rows of one table that a transaction has read by key or written, as it leaves them: it reads none of them twice, and
 * writes many with a statement.
 */
export class HeldRows {
  readonly table: KeyedTable;
  readonly #idColumns: readonly string[];
  readonly #newIds: ReadonlySet<unknown>;
  readonly #owners = new Map<string, Owned>();
  readonly #pending = new Map<string, Held>();

  /** `newIds` were given by the transaction itself: the database has no row whose key holds one. */
  constructor(table: KeyedTable, newIds: ReadonlySet<unknown>) {
    this.table = table;
    this.#idColumns = table.key.filter((column) => column === 'id' || column.endsWith('_id'));
    this.#newIds = newIds;
  }

  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Undefined where nobody has looked, `{ row: undefined }` where there is none. */
  get(key: RowKey): { readonly row: Row | undefined } | undefined {
    const owned = this.#owners.get(this.#ownerOf(key));
    const held = owned?.rows.get(this.#nameOf(key));
    if (held) return held;
    const isAbsent =
      owned?.isWhole === true || this.#idColumns.some((column) => this.#newIds.has(key[column]));
    return isAbsent ? { row: undefined } : undefined;
  }

  /** The rows of an owner; undefined where there may be more. */
  all(owner: RowKey): readonly Row[] | undefined {
    const owned = this.#owners.get(this.#ownerOf(owner));
    return owned?.isWhole === true ? rowsOf(owned) : undefined;
  }

  /** True where the owner has a row; false where nobody knows. */
  hasOne(owner: RowKey): boolean {
    const owned = this.#owners.get(this.#ownerOf(owner));
    return owned !== undefined && rowsOf(owned).length > 0;
  }

  /** The same for keys that differ in their last value alone. */
  siblingsOf(key: RowKey): string {
    return JSON.stringify(this.table.key.slice(0, -1).map((column) => key[column]));
  }

  /** What the database holds of these keys. */
  found(keys: readonly RowKey[], rows: readonly Row[]): void {
    for (const row of rows) this.#find(row as RowKey, row);
    for (const key of keys) this.#find(key, undefined);
  }

  /** All that the database holds of these owners. */
  foundAll(owners: readonly RowKey[], rows: readonly Row[]): void {
    this.found([], rows);
    for (const owner of owners) this.#owned(this.#ownerOf(owner)).isWhole = true;
  }

  /** A row that is known not to be there is inserted, one that is there changed, and any other replaced. */
  write(values: Row): void {
    const { columns } = this.table;
    const key = values as RowKey;
    const known = this.get(key);
    const before = known?.row;
    if (before && columns.every((column) => before[column] === values[column])) return;
    const held = this.#held(key);
    held.row = Object.fromEntries(columns.map((column) => [column, values[column]]));
    const how = before ? 'update' : known ? 'insert' : 'replace';
    this.#await(held, held.pending === 'delete' ? 'replace' : (held.pending ?? how));
  }

  delete(key: RowKey): void {
    const held = this.#held(key);
    held.row = undefined;
    this.#await(held, 'delete');
  }

  /** What is to be written now, in the order of the keys, which is that in which others take their locks. */
  takePending(): PendingWrites {
    const writes: Record<Pending, Row[]> = { insert: [], update: [], replace: [], delete: [] };
    const sorted = [...this.#pending.values()].sort((a, b) => this.#compare(a.key, b.key));
    for (const held of sorted) {
      if (held.pending) writes[held.pending].push(held.row ?? held.key);
      held.pending = undefined;
    }
    this.#pending.clear();
    return writes;
  }

  #find(key: RowKey, row: Row | undefined): void {
    const { rows } = this.#owned(this.#ownerOf(key));
    const name = this.#nameOf(key);
    // What the transaction wrote is newer.
    if (!rows.has(name)) rows.set(name, { key, row, pending: undefined });
  }

  #held(key: RowKey): Held {
    const { rows } = this.#owned(this.#ownerOf(key));
    const name = this.#nameOf(key);
    let held = rows.get(name);
    if (!held) rows.set(name, (held = { key, row: undefined, pending: undefined }));
    return held;
  }

  #await(held: Held, pending: Pending): void {
    held.pending = pending;
    this.#pending.set(this.#nameOf(held.key), held);
  }

  #owned(owner: string): Owned {
    let owned = this.#owners.get(owner);
    if (!owned) this.#owners.set(owner, (owned = { rows: new Map(), isWhole: false }));
    return owned;
  }

  #nameOf(key: RowKey): string {
    return JSON.stringify(keyOf(this.table, key));
  }

  #ownerOf(key: RowKey): string {
    const [bucket = '', owner = ''] = this.table.key;
    return `${key[bucket]} ${key[owner] ?? ''}`;
  }

  #compare(a: RowKey, b: RowKey): number {
    for (const column of this.table.key) {
      const [left, right] = [a[column], b[column]];
      const order =
        typeof left === 'string' && typeof right === 'string'
          ? compareText(left, right)
          : Number(left) - Number(right);
      if (order !== 0) return order;
    }
    return 0;
  }
}

function rowsOf({ rows }: Owned): Row[] {
  return Array.from(rows.values(), ({ row }) => row).filter((row) => row !== undefined);
}
