import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { firstRow, prepareChange, prepareRows, rows } from './statements.ts';
import { mistakes, mistakesAllowed, swaps, trigramChoices, trigrams } from '../spelling.ts';

const MIN_WORD_CHARS = 3;
const MAX_WORD_CHARS = 32;
const LETTERS = /^[\p{L}\p{M}]+$/u;
/** Words known to be in the table, so that most need no look. */
const MAX_KNOWN_WORDS = 250_000;
/** Near words that are compared letter by letter; early words are the common ones. */
const MAX_COMPARED = 1000;
const MAX_COUNTED = 8;
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
      const isOfUse =
        token.length >= MIN_WORD_CHARS &&
        token.length <= MAX_WORD_CHARS &&
        !this.#known.has(token) &&
        LETTERS.test(token);
      if (!isOfUse) continue;
      const { changes, lastInsertRowid } = this.#insertWord.run(token);
      if (changes === 1n) this.#insertGrams.run(lastInsertRowid, trigrams(token).join(' '));
      if (this.#known.size >= MAX_KNOWN_WORDS) this.#known.clear();
      this.#known.add(token);
    }
  }

  forget(): void {
    this.#known.clear();
  }
}

/** Finds the words that a mistyped one was probably meant as. */
export class VocabularyReader {
  readonly #near: StatementSync;
  readonly #exists: StatementSync;
  readonly #trackCount: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec('CREATE VIRTUAL TABLE temp.track_vocabulary USING fts5vocab(main, track_term, row)');
    this.#near = prepareRows(
      database,
      `SELECT w.text FROM word_gram g CROSS JOIN word w ON w.number = g.rowid
        WHERE g.word_gram MATCH ? ORDER BY g.rowid LIMIT ${MAX_COMPARED}`,
    );
    this.#exists = prepareRows(database, 'SELECT text FROM word WHERE text = ?');
    this.#trackCount = prepareRows(database, 'SELECT doc FROM temp.track_vocabulary WHERE term = ?');
  }

  has(word: string): boolean {
    return firstRow(this.#exists, word) !== undefined;
  }

  /** The nearest first, of equally near ones the word of more tracks. Never the word itself. */
  corrections(typed: string): string[] {
    const allowed = mistakesAllowed(typed);
    if (allowed === 0) return [];
    const near = new Map<string, number>();
    for (const word of this.#nearWords(typed)) {
      const count = mistakes(typed, word, allowed);
      // Less than one mistake is the word itself, or one that begins with it and is found anyway.
      if (count !== undefined && count >= 1) near.set(word, count);
    }
    return [...near]
      .sort(([, a], [, b]) => a - b)
      .slice(0, MAX_COUNTED)
      .map(([word, count]) => ({ word, count, tracks: this.#tracksWith(word) }))
      .sort((a, b) => a.count - b.count || b.tracks - a.tracks)
      .slice(0, MAX_CORRECTIONS)
      .map(({ word }) => word);
  }

  *#nearWords(typed: string): Generator<string> {
    for (const swap of swaps(typed)) {
      if (this.has(swap)) yield swap;
    }
    const expression = trigramChoices(typed)
      .map((grams) => `(${grams.map((gram) => `"${gram}"`).join(' AND ')})`)
      .join(' OR ');
    for (const [word] of rows<[string]>(this.#near, expression)) yield word;
  }

  #tracksWith(word: string): number {
    return firstRow<[number]>(this.#trackCount, word)?.[0] ?? 0;
  }
}
