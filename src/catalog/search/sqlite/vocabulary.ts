import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { mistakesIn, swaps, type Tolerance, tolerances, trigramChoices, trigrams } from '../spelling.ts';
import { SEARCH_KINDS } from './schema.ts';
import { firstRow, prepareChange, prepareRows, rows } from '../../projection/sqlite/index.ts';

/** Words that have trigrams: what people misspell. */
const SPELLABLE = /^[\p{L}\p{M}]{3,32}$/u;
/** Words known to be in the table, so that most need no look. */
const MAX_KNOWN_WORDS = 250_000;
/** Near words that are compared letter by letter. */
const MAX_COMPARED = 500;
/** Words that are near enough, of which those are taken that some item still has. */
const MAX_NEAR = 8;
const MAX_CORRECTIONS = 3;

/** Adds the words of indexed items. Inside the caller's transaction; `forget` after it was undone. */
export class VocabularyWriter {
  readonly #insertWord: StatementSync;
  readonly #insertGrams: StatementSync;
  readonly #known = new Set<string>();

  constructor(database: DatabaseSync) {
    this.#insertWord = prepareChange(database, 'INSERT OR IGNORE INTO word (text) VALUES (?)');
    this.#insertGrams = prepareChange(database, 'INSERT INTO word_gram (rowid, grams) VALUES (?, ?)');
  }

  add(tokens: Iterable<string>): void {
    for (const token of tokens) {
      if (this.#known.has(token)) continue;
      const { changes, lastInsertRowid } = this.#insertWord.run(token);
      if (changes === 1n && SPELLABLE.test(token)) {
        this.#insertGrams.run(lastInsertRowid, trigrams(token).join(' '));
      }
      if (this.#known.size >= MAX_KNOWN_WORDS) this.#known.clear();
      this.#known.add(token);
    }
  }

  forget(): void {
    this.#known.clear();
  }
}

/** `whole`: some item has, or had, just this word; `begun`: only words that begin so; `absent`: none. */
export type Presence = 'whole' | 'begun' | 'absent';

/** Knows every word that was ever indexed, so that what is in no item costs one look. */
export class VocabularyReader {
  readonly #next: StatementSync;
  readonly #near: StatementSync;
  readonly #uses: readonly StatementSync[];

  constructor(database: DatabaseSync) {
    this.#next = prepareRows(database, 'SELECT text FROM word WHERE text >= ? ORDER BY text LIMIT 1');
    // The first words of an index are the common ones.
    this.#near = prepareRows(
      database,
      `SELECT w.text FROM word_gram g CROSS JOIN word w ON w.number = g.rowid
        WHERE g.word_gram MATCH ? ORDER BY g.rowid LIMIT ${MAX_COMPARED}`,
    );
    this.#uses = SEARCH_KINDS.map((kind) =>
      prepareRows(database, `SELECT 1 FROM ${kind}_term WHERE ${kind}_term MATCH ? LIMIT 1`),
    );
  }

  presenceOf(text: string): Presence {
    const next = firstRow<[string]>(this.#next, text)?.[0];
    if (next === text) return 'whole';
    return next?.startsWith(text) ? 'begun' : 'absent';
  }

  /**
   * The words that a mistyped one was probably meant as, the nearest first, of equally near ones the most
   * common. None further away where there is a nearer one, and never the word itself.
   */
  corrections(typed: string): string[] {
    for (const tolerance of tolerances(typed)) {
      const near = new Map<string, number>();
      for (const word of this.#nearWords(typed, tolerance)) {
        // A word that begins as typed is found without this.
        const count = word.startsWith(typed) ? undefined : mistakesIn(typed, word, tolerance);
        if (count !== undefined) near.set(word, count);
      }
      const words = [...near]
        .sort(([, a], [, b]) => a - b)
        .slice(0, MAX_NEAR)
        .map(([word]) => word)
        .filter((word) => this.#isInUse(word));
      if (words.length > 0) return words.slice(0, MAX_CORRECTIONS);
    }
    return [];
  }

  #isInUse(word: string): boolean {
    return this.#uses.some((uses) => firstRow(uses, `"${word}"`) !== undefined);
  }

  *#nearWords(typed: string, tolerance: Tolerance): Generator<string> {
    if (tolerance.mistakes === 1 && tolerance.reach === 'whole') {
      yield* swaps(typed).filter((swap) => this.presenceOf(swap) === 'whole');
    }
    const expression = trigramChoices(typed, tolerance)
      .map((grams) => `(${grams.map((gram) => `"${gram}"`).join(' AND ')})`)
      .join(' OR ');
    for (const [word] of rows<[string]>(this.#near, expression)) yield word;
  }
}
