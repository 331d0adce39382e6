import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Field,
  type Reading,
  type Strictness,
  type Terms,
  matchExpression,
  readingExpression,
} from './match-expression.ts';
import type { SearchKind } from '../port.ts';
import { type Candidate, type RankedQuery, rank } from '../ranking.ts';
import { prepareRows, rows } from '../../projection/sqlite/index.ts';

/** Of each way to match, the most popular items whose texts are read and ranked. */
const RANKED = 64;

export interface ParsedQuery extends Terms, RankedQuery {
  /** False where some word is only the beginning of words, so that no item can have all of them whole. */
  readonly mayBeWhole: boolean;
  readonly libraryNumber: number | undefined;
}

type CandidateRow = [
  place: number,
  id: number,
  title: string,
  artist: string,
  album: string,
  nameHash: number,
];

/** Finds items of one kind. Each method returns ids, best first and not more than asked for. */
export class KindReader {
  /** Where words may be: an artist has nothing but a title. */
  readonly #anywhere: Field;
  readonly #candidates: StatementSync;
  readonly #ids: StatementSync;
  readonly #named: StatementSync;
  readonly #namedIds: StatementSync;

  constructor(database: DatabaseSync, kind: SearchKind) {
    this.#anywhere = kind === 'artist' ? 'title' : 'any';
    const columns = 'r.place, r.id, r.title, r.artist, r.album, r.name_hash';
    // A bare parameter for a limit would have SQLite compile the statement anew for each value that is bound.
    const matches = `${kind}_term t CROSS JOIN ${kind}_record r ON r.place = t.rowid
      WHERE t.${kind}_term MATCH ? ORDER BY t.rowid LIMIT 0 + ?`;
    this.#candidates = prepareRows(database, `SELECT ${columns} FROM ${matches}`);
    this.#ids = prepareRows(database, `SELECT r.id FROM ${matches}`);
    const named = `FROM ${kind}_record r
      WHERE r.name_hash = ? AND instr(' ' || r.libraries || ' ', ?) ORDER BY r.place LIMIT 0 + ?`;
    this.#named = prepareRows(database, `SELECT ${columns} ${named}`);
    this.#namedIds = prepareRows(database, `SELECT r.id ${named}`);
  }

  find(query: ParsedQuery, limit: number): number[] {
    if (limit === 0) return [];
    const ids = new Set<number>();
    const groups = query.tokens.length === 1 ? this.#byWord(query, limit) : this.#byWords(query, limit);
    for (const group of groups) {
      for (const id of group) ids.add(id);
      if (ids.size >= limit) break;
    }
    return [...ids].slice(0, limit);
  }

  /** Items as the query may have been meant, ranked by the words of all readings together. */
  findMeant(query: ParsedQuery, readings: readonly Reading[], limit: number): number[] {
    if (limit === 0) return [];
    const found = readings.flatMap((reading) => {
      const expression = readingExpression(query, reading, this.#anywhere);
      return expression === undefined ? [] : this.#read(expression);
    });
    if (found.length === 0) return [];
    const words = query.tokens.map((token) => {
      const meant = new Set(readings.flatMap((reading) => reading.get(token.text) ?? []));
      return [token, ...Array.from(meant, (text) => ({ text, isWord: true, isPrefix: true }))];
    });
    return ranked(found, { ...query, words }).slice(0, limit);
  }

  /** How many match, counted up to `limit`. */
  count(query: ParsedQuery, limit: number): number {
    return rows(this.#ids, this.#matching(query, 'begun'), limit).length;
  }

  /**
   * Groups from narrow to wide, each containing the ones before it, so that one of `limit` items is enough and
   * most queries end before any text was read.
   */
  *#byWord(query: ParsedQuery, limit: number): Generator<readonly number[]> {
    if (query.mayBeWhole) {
      yield rows<[number]>(this.#namedIds, query.nameHash, libraryIn(query), limit).map(([id]) => id);
      yield this.#idsOf(matchExpression(query, 'whole', 'title'), limit);
    }
    const begunTitles = matchExpression(query, 'begun', 'title');
    if (this.#anywhere === 'title') {
      yield this.#idsOf(begunTitles, limit);
      return;
    }
    if (!query.mayBeWhole) yield this.#idsOf(begunTitles, limit);
    const begun = this.#read(this.#matching(query, 'begun'));
    if (begun.length < RANKED) {
      yield ranked(begun, query);
      return;
    }
    if (query.mayBeWhole) {
      yield* this.#rankedThenRest(query, 'whole', limit);
      yield this.#idsOf(begunTitles, limit);
    }
    yield ranked(begun, query);
    yield this.#idsOf(this.#matching(query, 'begun'), limit);
  }

  /**
   * Those that have all words whole, where they fill more than is ranked. Else the most popular matches, and where there
   * are more of these than are ranked, also those that match better but are not popular; then the rest.
   */
  *#byWords(query: ParsedQuery, limit: number): Generator<readonly number[]> {
    const strict = query.mayBeWhole ? 'whole' : 'last-begun';
    const better = this.#read(this.#matching(query, strict));
    if (better.length === RANKED) {
      yield ranked(query.mayBeWhole ? [...better, ...this.#namedSo(query)] : better, query);
      yield this.#idsOf(this.#matching(query, strict), limit);
    }
    const begun = this.#read(this.#matching(query, 'begun'));
    if (begun.length === RANKED && strict === 'whole')
      better.push(...this.#read(this.#matching(query, 'last-begun')));
    yield ranked([...better, ...begun], query);
    if (begun.length === RANKED) yield this.#idsOf(this.#matching(query, 'begun'), limit);
  }

  *#rankedThenRest(query: ParsedQuery, strictness: Strictness, limit: number): Generator<readonly number[]> {
    const expression = this.#matching(query, strictness);
    const popular = this.#read(expression);
    yield ranked(popular, query);
    if (popular.length === RANKED) yield this.#idsOf(expression, limit);
  }

  #matching(query: ParsedQuery, strictness: Strictness): string {
    return matchExpression(query, strictness, this.#anywhere);
  }

  #namedSo(query: ParsedQuery): Candidate[] {
    return rows<CandidateRow>(this.#named, query.nameHash, libraryIn(query), RANKED).map(candidate);
  }

  #read(expression: string): Candidate[] {
    return rows<CandidateRow>(this.#candidates, expression, RANKED).map(candidate);
  }

  #idsOf(expression: string, limit: number): number[] {
    return rows<[number]>(this.#ids, expression, limit).map(([id]) => id);
  }
}

/** What a record's libraries are searched for; nothing is found in all of them. */
function libraryIn({ libraryNumber }: ParsedQuery): string {
  return libraryNumber === undefined ? '' : ` ${libraryNumber} `;
}

function ranked(candidates: readonly Candidate[], query: RankedQuery): number[] {
  return rank(candidates, query).map(({ id }) => id);
}

function candidate([place, id, title, artist, album, nameHash]: CandidateRow): Candidate {
  return { place, id, title, artist, album, nameHash };
}
