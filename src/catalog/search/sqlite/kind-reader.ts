import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Strictness, type Terms, correctedExpression, matchExpression } from './match-expression.ts';
import type { SearchKind } from '../port.ts';
import { type Candidate, type RankedQuery, rank } from '../ranking.ts';
import { prepareRows, rows } from '../../projection/sqlite/index.ts';

/** Of each way to match, the most popular items whose texts are read and ranked. */
const RANKED = 100;

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
  /** Where titles are looked for: an artist has nothing else. */
  readonly #titles: 'any' | 'title';
  readonly #candidates: StatementSync;
  readonly #ids: StatementSync;
  readonly #named: StatementSync;
  readonly #namedIds: StatementSync;

  constructor(database: DatabaseSync, kind: SearchKind) {
    this.#titles = kind === 'artist' ? 'any' : 'title';
    const columns = 'r.place, r.id, r.title, r.artist, r.album, r.name_hash';
    const matches = `${kind}_term t CROSS JOIN ${kind}_record r ON r.place = t.rowid
      WHERE t.${kind}_term MATCH ? ORDER BY t.rowid LIMIT ?`;
    this.#candidates = prepareRows(database, `SELECT ${columns} FROM ${matches}`);
    this.#ids = prepareRows(database, `SELECT r.id FROM ${matches}`);
    const named = `FROM ${kind}_record r
      WHERE r.name_hash = ? AND instr(' ' || r.libraries || ' ', ?) ORDER BY r.place LIMIT ?`;
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

  /** Items that have each word as typed or as one of those it may have been meant as. */
  findMeant(query: ParsedQuery, meant: ReadonlyMap<string, readonly string[]>, limit: number): number[] {
    if (limit === 0) return [];
    const words = query.tokens.map((token) => [
      token,
      ...(meant.get(token.text) ?? []).map((text) => ({ text, isWord: true, isPrefix: true })),
    ]);
    const found = this.#read(correctedExpression(query, meant));
    return ranked(found, { ...query, words }).slice(0, limit);
  }

  /** How many match, counted up to `limit`. */
  count(query: ParsedQuery, limit: number): number {
    return rows(this.#ids, matchExpression(query, 'begun'), limit).length;
  }

  /**
   * Groups from narrow to wide, each containing the ones before it, so that one of `limit` items is enough and
   * most queries end before any text was read.
   */
  *#byWord(query: ParsedQuery, limit: number): Generator<readonly number[]> {
    if (query.mayBeWhole) {
      yield rows<[number]>(this.#namedIds, query.nameHash, libraryIn(query), limit).map(([id]) => id);
      yield this.#idsOf(matchExpression(query, 'whole', this.#titles), limit);
    }
    const begunTitles = matchExpression(query, 'begun', this.#titles);
    if (this.#titles === 'any') {
      yield this.#idsOf(begunTitles, limit);
      return;
    }
    if (!query.mayBeWhole) yield this.#idsOf(begunTitles, limit);
    const begun = this.#read(matchExpression(query, 'begun'));
    if (begun.length < RANKED) {
      yield ranked(begun, query);
      return;
    }
    if (query.mayBeWhole) {
      yield* this.#rankedThenRest(query, 'whole', limit);
      yield this.#idsOf(begunTitles, limit);
    }
    yield ranked(begun, query);
    yield this.#idsOf(matchExpression(query, 'begun'), limit);
  }

  /**
   * The most popular matches, and where there are more of these than are ranked, also those that match
   * better but are not popular; then the rest.
   */
  *#byWords(query: ParsedQuery, limit: number): Generator<readonly number[]> {
    const begun = this.#read(matchExpression(query, 'begun'));
    if (begun.length < RANKED) {
      yield ranked(begun, query);
      return;
    }
    const better = this.#read(matchExpression(query, 'last-begun'));
    if (better.length === RANKED && query.mayBeWhole) {
      const whole = this.#read(matchExpression(query, 'whole'));
      better.push(...whole);
      if (whole.length === RANKED) better.push(...this.#namedSo(query));
    }
    yield ranked([...begun, ...better], query);
    yield this.#idsOf(matchExpression(query, 'begun'), limit);
  }

  *#rankedThenRest(query: ParsedQuery, strictness: Strictness, limit: number): Generator<readonly number[]> {
    const expression = matchExpression(query, strictness);
    const popular = this.#read(expression);
    yield ranked(popular, query);
    if (popular.length === RANKED) yield this.#idsOf(expression, limit);
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
