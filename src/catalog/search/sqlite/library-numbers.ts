import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LibraryId } from '../../../core/index.ts';
import { firstRow, prepareChange, prepareRows } from '../../projection/sqlite/index.ts';

/** The numbers by which records and terms name libraries; given when a library is first seen. */
export class LibraryNumbers {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #known = new Map<LibraryId, number>();

  constructor(database: DatabaseSync) {
    this.#find = prepareRows(database, 'SELECT number FROM library WHERE id = ?');
    this.#insert = prepareChange(database, 'INSERT INTO library (id) VALUES (?)');
  }

  of(id: LibraryId): number {
    const known = this.#known.get(id) ?? firstRow<[number]>(this.#find, id)?.[0];
    const number = known ?? Number(this.#insert.run(id).lastInsertRowid);
    this.#known.set(id, number);
    return number;
  }

  /** After what was written was undone. */
  forget(): void {
    this.#known.clear();
  }
}
