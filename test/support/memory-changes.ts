import type { Change, ChangeStream, RowValue } from '../../src/catalog/index.ts';

type RowKey = readonly (string | number)[];

/** A catalogue without tables of its own: rows by name and key, their deletions, and the stream of both. */
export class MemoryChanges implements ChangeStream {
  readonly #rows = new Map<string, Change>();
  readonly #listeners = new Set<(tables: ReadonlySet<string>) => void>();
  #outbox: Change[] = [];
  #lastSeq = 0;
  #trimmedUpTo = 0;
  #name = 'memory-1';

  put(table: string, key: RowKey, row: Readonly<Record<string, RowValue>>): void {
    this.#write({ table, key, row });
  }

  remove(table: string, key: RowKey): void {
    this.#write({ table, key });
  }

  /** Undefined for a row that is not there, or was deleted. */
  get(table: string, key: RowKey): Change['row'] {
    return this.#rows.get(nameOf(table, key))?.row;
  }

  /** Every row that is there, in no order. */
  state(): Record<string, Change['row']> {
    return Object.fromEntries([...this.#rows].flatMap(([name, { row }]) => (row ? [[name, row]] : [])));
  }

  /** As a backup of the data folder would have it. */
  backup(): MemoryChanges {
    const copy = new MemoryChanges();
    for (const [name, change] of this.#rows) copy.#rows.set(name, change);
    copy.#outbox = [...this.#outbox];
    copy.#lastSeq = this.#lastSeq;
    copy.#trimmedUpTo = this.#trimmedUpTo;
    copy.#name = this.#name;
    return copy;
  }

  async catalogId(): Promise<string> {
    return this.#name;
  }

  async changesAfter(after: number, limit: number): Promise<readonly Change[]> {
    return this.#outbox.filter(({ seq }) => seq > after).slice(0, limit);
  }

  async lastSeq(): Promise<number> {
    return this.#lastSeq;
  }

  async trimmedUpTo(): Promise<number> {
    return this.#trimmedUpTo;
  }

  async *snapshot(): AsyncIterable<Change> {
    for (const change of this.#rows.values()) yield { ...change, seq: this.#lastSeq };
  }

  async apply(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      const name = nameOf(change.table, change.key);
      const known = this.#rows.get(name);
      const isNews =
        !known ||
        (known.row === undefined
          ? change.row === undefined && change.rowVersion > known.rowVersion
          : change.row === undefined || change.rowVersion > known.rowVersion);
      if (isNews) this.#rows.set(name, change);
    }
    this.#name = `${this.#name}+`;
  }

  async trim(upToSeq: number): Promise<void> {
    this.#outbox = this.#outbox.filter(({ seq }) => seq > upToSeq);
    this.#trimmedUpTo = Math.max(this.#trimmedUpTo, Math.min(upToSeq, this.#lastSeq));
  }

  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write(what: Pick<Change, 'table' | 'key' | 'row'>): void {
    const name = nameOf(what.table, what.key);
    const rowVersion = (this.#rows.get(name)?.rowVersion ?? 0) + 1;
    const change: Change = { seq: ++this.#lastSeq, rowVersion, ...what };
    this.#rows.set(name, change);
    this.#outbox.push(change);
    for (const listener of this.#listeners) listener(new Set([what.table]));
  }
}

function nameOf(table: string, key: RowKey): string {
  return `${table}${JSON.stringify(key)}`;
}
