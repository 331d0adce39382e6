import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AlbumId, ArtistId, AssetId, LibraryId, TrackId } from '../../../core/index.ts';
import type { Page } from '../../port.ts';
import type { CatalogPosition } from '../../projection/index.ts';
import { KindReader, type ParsedQuery } from './kind-reader.ts';
import { libraryToken } from './match-expression.ts';
import { nameHash } from './name-hash.ts';
import type { SearchItem, SearchKind, SearchQuery, SearchRecord, SearchResult } from '../port.ts';
import { libraryNumbersOf } from './record-store.ts';
import { readingsOf } from './readings.ts';
import { INDEXED_BEGINNING_CHARS, SEARCH_KINDS } from './schema.ts';
import { firstRow, prepareRows } from '../../projection/sqlite/index.ts';
import { plain, type QueryToken, queryTokens } from '../tokens.ts';
import { type Presence, VocabularyReader } from './vocabulary.ts';

const MAX_QUERY_CHARS = 256;
/** Nobody pages further through the results of one query. */
const MAX_RESULTS = 10_000;
/** With fewer results than this in all, words that a single one may have been meant as are looked for too. */
const FEW_RESULTS = 3;

export const NOTHING_FOUND: SearchResult = { trackIds: [], albumIds: [], artistIds: [] };

type RecordRow = [
  libraries: string,
  title: string,
  artist: string,
  album: string,
  cover: AssetId | '',
  durationMs: number | null,
];

type Found = Readonly<Record<SearchKind, readonly number[]>>;

interface ReaderQuery extends ParsedQuery {
  /** False where the words alone say that no item has them all. */
  readonly isPossible: boolean;
  /** Of each token. */
  readonly presence: readonly Presence[];
}

/** Answers from an index file. Sees what the writer on the same connection has committed. */
export class IndexReader {
  readonly #kinds: Readonly<Record<SearchKind, KindReader>>;
  readonly #records: Readonly<Record<SearchKind, StatementSync>>;
  readonly #findLibrary: StatementSync;
  readonly #libraryId: StatementSync;
  readonly #position: StatementSync;
  readonly #vocabulary: VocabularyReader;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(database: DatabaseSync) {
    this.#kinds = {
      track: new KindReader(database, 'track'),
      album: new KindReader(database, 'album'),
      artist: new KindReader(database, 'artist'),
    };
    this.#records = {
      track: prepareRecord(database, 'track'),
      album: prepareRecord(database, 'album'),
      artist: prepareRecord(database, 'artist'),
    };
    this.#findLibrary = prepareRows(database, 'SELECT number FROM library WHERE id = ?');
    this.#libraryId = prepareRows(database, 'SELECT id FROM library WHERE number = ?');
    this.#position = prepareRows(database, 'SELECT catalog_id, seq FROM followed');
    this.#vocabulary = new VocabularyReader(database);
    this.#begin = database.prepare('BEGIN');
    this.#end = database.prepare('COMMIT');
  }

  search(query: SearchQuery): SearchResult {
    // One read for all statements, of which each would else begin its own.
    this.#begin.run();
    try {
      return this.#search(query);
    } finally {
      this.#end.run();
    }
  }

  #search(query: SearchQuery): SearchResult {
    const parsed = this.#parse(query);
    if (!parsed) return NOTHING_FOUND;
    const ends = { track: endOf(query.tracks), album: endOf(query.albums), artist: endOf(query.artists) };
    const found = { track: [] as number[], album: [] as number[], artist: [] as number[] };
    if (parsed.isPossible) {
      for (const kind of SEARCH_KINDS) found[kind] = this.#kinds[kind].find(parsed, ends[kind]);
    }
    const count = this.#count(found, ends, parsed);
    // Several words that some item has together were meant so.
    if (count === 0 || (count < FEW_RESULTS && parsed.tokens.length === 1)) {
      for (const readings of readingsOf(parsed, count, this.#vocabulary)) {
        let isAnyNew = false;
        for (const kind of SEARCH_KINDS) {
          const near = this.#kinds[kind].findMeant(parsed, readings, Math.max(ends[kind], 1));
          isAnyNew ||= near.some((id) => !found[kind].includes(id));
          found[kind] = [...new Set([...found[kind], ...near])];
        }
        if (isAnyNew) break;
      }
    }
    return {
      trackIds: pageOf(found.track, query.tracks) as TrackId[],
      albumIds: pageOf(found.album, query.albums) as AlbumId[],
      artistIds: pageOf(found.artist, query.artists) as ArtistId[],
    };
  }

  record({ kind, id }: SearchItem): SearchRecord | undefined {
    const row = firstRow<RecordRow>(this.#records[kind], id);
    if (!row) return undefined;
    const [libraries, title, artist, album, cover, durationMs] = row;
    return {
      ...({ kind, id } as SearchItem),
      libraryIds: this.#libraryIds(libraryNumbersOf(libraries)),
      title,
      artist,
      album,
      ...(cover !== '' && { coverAssetId: cover }),
      ...(durationMs !== null && { durationMs }),
    };
  }

  position(): CatalogPosition | undefined {
    const [catalogId, seq] = firstRow<[string | null, number | null]>(this.#position) ?? [null, null];
    return catalogId === null || seq === null ? undefined : { catalogId, seq };
  }

  #libraryIds(numbers: readonly number[]): LibraryId[] {
    return numbers.flatMap((number) => firstRow<[LibraryId]>(this.#libraryId, number) ?? []);
  }

  /** Undefined where nothing can be found. */
  #parse({ text, libraryId }: SearchQuery): ReaderQuery | undefined {
    const typed = text.slice(0, MAX_QUERY_CHARS);
    const tokens = queryTokens(typed);
    if (tokens.length === 0) return undefined;
    let libraryNumber: number | undefined;
    if (libraryId !== undefined) {
      libraryNumber = firstRow<[number]>(this.#findLibrary, libraryId)?.[0];
      if (libraryNumber === undefined) return undefined;
    }
    const presence = tokens.map((token) => this.#vocabulary.presenceOf(token.text));
    return {
      presence,
      begunWords: this.#begunWords(tokens),
      isPossible: tokens.every(({ isPrefix }, index) =>
        isPrefix ? presence[index] !== 'absent' : presence[index] === 'whole',
      ),
      mayBeWhole: presence.every((one) => one === 'whole'),
      tokens,
      words: tokens.map((token) => [token]),
      plainText: plain(typed).trim(),
      nameHash: nameHash(typed),
      libraryNumber,
      libraryToken: libraryNumber === undefined ? undefined : libraryToken(libraryNumber),
    };
  }

  #begunWords(tokens: readonly QueryToken[]): ReadonlyMap<string, readonly string[]> {
    const begun = new Map<string, readonly string[]>();
    for (const { text, isPrefix } of tokens) {
      if (!isPrefix || text.length <= INDEXED_BEGINNING_CHARS) continue;
      const words = this.#vocabulary.begunBy(text);
      // None is none of the index too, which is not to be asked for nothing.
      if (words && words.length > 0) begun.set(text, words);
    }
    return begun;
  }

  /** Up to `FEW_RESULTS`, over all kinds whatever pages are asked for, so that the pages agree. */
  #count(found: Found, ends: Readonly<Record<SearchKind, number>>, query: ReaderQuery): number {
    let count = found.track.length + found.album.length + found.artist.length;
    if (!query.isPossible) return count;
    for (const kind of SEARCH_KINDS) {
      if (count >= FEW_RESULTS) break;
      // With room for these few, what was found is all there is.
      if (ends[kind] >= FEW_RESULTS) continue;
      count += this.#kinds[kind].count(query, FEW_RESULTS) - found[kind].length;
    }
    return count;
  }
}

function prepareRecord(database: DatabaseSync, kind: SearchKind): StatementSync {
  return prepareRows(
    database,
    `SELECT libraries, title, artist, album, lower(hex(cover)), duration_ms
       FROM ${kind}_record WHERE id = ?`,
  );
}

function endOf({ offset, count }: Page): number {
  return count <= 0 ? 0 : Math.min(Math.max(0, offset) + count, MAX_RESULTS);
}

function pageOf(ids: readonly number[], page: Page): number[] {
  return ids.slice(Math.max(0, page.offset), endOf(page));
}
