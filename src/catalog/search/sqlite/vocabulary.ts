import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TOKEN_OF_TERM } from './match-expression.ts';
import { editsOf, mistakesIn, type Tolerance, tolerances, trigramChoices, trigrams } from '../spelling.ts';
import { SEARCH_KINDS } from './schema.ts';
import { firstRow, prepareChange, prepareRows, rows } from '../../projection/sqlite/index.ts';

/** Words that have trigrams: what people misspell. */
const SPELLABLE = /^[\p{L}\p{M}]{3,32}$/u;
/** Words known to be in the table, so that most need no look. */
const MAX_KNOWN_WORDS = 250_000;
/** Near words that are compared letter by letter. */
const MAX_COMPARED = 500;
const MAX_CORRECTIONS = 32;
/** Words that are asked for one by one where a beginning has no posting list of its own. */
const MAX_BEGUN_WORDS = 32;
const LAST_CHARACTER = '\u{10ffff}';

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

/** Of a file that holds terms, merged, and no vocabulary yet: the words by how many items have them. */
export function fillVocabulary(database: DatabaseSync): void {
  const tables = SEARCH_KINDS.map((kind) => `${kind}_vocabulary`);
  for (const [index, kind] of SEARCH_KINDS.entries())
    database.exec(`CREATE VIRTUAL TABLE temp.${tables[index]} USING fts5vocab (main, ${kind}_term, row)`);
  const terms = tables.map((table) => `SELECT term, doc FROM ${table}`).join(' UNION ALL ');
  database.exec('BEGIN');
  database.exec(`
    INSERT INTO word (text)
      SELECT ${TOKEN_OF_TERM} AS token FROM (${terms}) WHERE token IS NOT NULL
        GROUP BY token ORDER BY sum(doc) DESC
  `);
  const insertGrams = prepareChange(database, 'INSERT INTO word_gram (rowid, grams) VALUES (?, ?)');
  const words = prepareRows(database, 'SELECT number, text FROM word');
  for (const [number, text] of words.iterate() as Iterable<[number, string]>)
    if (SPELLABLE.test(text)) insertGrams.run(number, trigrams(text).join(' '));
  database.exec(`INSERT INTO word_gram (word_gram) VALUES ('optimize'); COMMIT;`);
  for (const table of tables) database.exec(`DROP TABLE temp.${table}`);
}

/** `whole`: some item has, or had, just this word; `begun`: only words that begin so; `absent`: none. */
export type Presence = 'whole' | 'begun' | 'absent';

/** Knows every word that was ever indexed, so that what is in no item costs one look. */
export class VocabularyReader {
  readonly #next: StatementSync;
  readonly #begun: StatementSync;
  readonly #number: StatementSync;
  readonly #near: StatementSync;

  constructor(database: DatabaseSync) {
    // With a plus, since SQLite would plan a range anew for each value that is bound.
    this.#next = prepareRows(database, 'SELECT text FROM word WHERE text >= +? ORDER BY text LIMIT 1');
    this.#begun = prepareRows(
      database,
      `SELECT text FROM word WHERE text >= +? AND text < +? LIMIT ${MAX_BEGUN_WORDS + 1}`,
    );
    this.#number = prepareRows(database, 'SELECT number FROM word WHERE text = ?');
    // The first words of an index are the common ones.
    this.#near = prepareRows(
      database,
      `SELECT w.text FROM word_gram g CROSS JOIN word w ON w.number = g.rowid
        WHERE g.word_gram MATCH ? ORDER BY g.rowid LIMIT ${MAX_COMPARED}`,
    );
  }

  presenceOf(text: string): Presence {
    const next = firstRow<[string]>(this.#next, text)?.[0];
    if (next === text) return 'whole';
    return next?.startsWith(text) ? 'begun' : 'absent';
  }

  /** All words that begin so; undefined where they are many. */
  begunBy(text: string): string[] | undefined {
    const words = rows<[string]>(this.#begun, text, `${text}${LAST_CHARACTER}`);
    return words.length > MAX_BEGUN_WORDS ? undefined : words.map(([word]) => word);
  }

  /**
   * Words that a mistyped one may have been meant as, in steps from near to far; in each the likeliest first, and
   * never the word itself.
   */
  *corrections(typed: string): Generator<readonly string[]> {
    for (const tolerance of tolerances(typed)) {
      const words = this.#correctionsWithin(typed, tolerance);
      if (words.length > 0) yield words;
    }
  }

  #correctionsWithin(typed: string, tolerance: Tolerance): string[] {
    if (tolerance.mistakes === 1 && tolerance.reach === 'whole') {
      const edits = editsOf(typed, (text) => this.presenceOf(text) !== 'absent');
      if (edits) return this.#commonest(edits);
    }
    const near = new Map<string, number>();
    for (const word of this.#sharingTrigrams(typed, tolerance)) {
      // A word that begins as typed is found without this.
      const count = word.startsWith(typed) ? undefined : mistakesIn(typed, word, tolerance);
      if (count !== undefined) near.set(word, count);
    }
    return [...near]
      .sort(([, a], [, b]) => a - b)
      .slice(0, MAX_CORRECTIONS)
      .map(([word]) => word);
  }

  /** Of the words those that are known. */
  #commonest(words: readonly string[]): string[] {
    return words
      .flatMap((word) => {
        const number = firstRow<[number]>(this.#number, word)?.[0];
        return number === undefined ? [] : [{ word, number }];
      })
      .sort((a, b) => a.number - b.number)
      .slice(0, MAX_CORRECTIONS)
      .map(({ word }) => word);
  }

  #sharingTrigrams(typed: string, tolerance: Tolerance): string[] {
    const choices = trigramChoices(typed, tolerance).filter((grams) => grams.length > 0);
    if (choices.length === 0) return [];
    const expression = choices
      .map((grams) => `(${grams.map((gram) => `"${gram}"`).join(' AND ')})`)
      .join(' OR ');
    return rows<[string]>(this.#near, expression).map(([word]) => word);
  }
}
