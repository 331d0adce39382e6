import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ClefError } from '../../../core/index.ts';
import { prepareChange, prepareRows, rows } from '../../projection/sqlite/index.ts';

/** Texts that many rows have in common, by number. They are few, and all in memory. */
export class Names {
  readonly #all: StatementSync;
  readonly #insert: StatementSync;
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.#all = prepareRows(database, 'SELECT number, text FROM name');
    this.#insert = prepareChange(database, 'INSERT INTO name (text) VALUES (?)');
    this.reload();
  }

  /** Within a transaction; call `reload` where that is undone. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = Number(this.#insert.run(text).lastInsertRowid);
    this.#remember(number, text);
    return number;
  }

  textOf(number: number): string {
    const text = this.#texts.get(number);
    if (text === undefined) throw new ClefError('catalog-corrupt', `the play file has no name ${number}`);
    return text;
  }

  reload(): void {
    this.#numbers.clear();
    this.#texts.clear();
    for (const [number, text] of rows<[number, string]>(this.#all)) this.#remember(number, text);
  }

  #remember(number: number, text: string): void {
    this.#numbers.set(text, number);
    this.#texts.set(number, text);
  }
}
