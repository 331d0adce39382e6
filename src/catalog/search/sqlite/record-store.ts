import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type AssetId, fromHex } from '../../../core/index.ts';
import type { LibraryNumbers } from './library-numbers.ts';
import { elsewhereToken, libraryToken } from './match-expression.ts';
import { nameHash } from './name-hash.ts';
import type { SearchKind, SearchRecord } from '../port.ts';
import { firstRow, prepareChange, prepareRows } from '../../projection/sqlite/index.ts';
import { fieldTokens } from '../tokens.ts';
import type { VocabularyWriter } from './vocabulary.ts';

/** A record as its table holds it. */
export interface StoredRecord {
  readonly place: number;
  readonly id: number;
  readonly libraryNumbers: readonly number[];
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly coverAssetId: AssetId | undefined;
  readonly durationMs: number | undefined;
}

type Row = [
  place: number,
  libraries: string,
  title: string,
  artist: string,
  album: string,
  cover: AssetId | '',
  durationMs: number | null,
];

/** The records of one kind and the words that they are found by, written together. */
export class RecordStore {
  readonly #vocabulary: VocabularyWriter | undefined;
  readonly #repeated = rememberedTokens();
  readonly #find: StatementSync;
  readonly #insertTerms: StatementSync;
  readonly #insertRecord: StatementSync;
  readonly #deleteTerms: StatementSync;
  readonly #deleteRecord: StatementSync;
  readonly #updateShown: StatementSync;

  /** Without a vocabulary, words are found but not corrected. */
  constructor(database: DatabaseSync, kind: SearchKind, vocabulary?: VocabularyWriter) {
    this.#vocabulary = vocabulary;
    this.#find = prepareRows(
      database,
      `SELECT place, libraries, title, artist, album, lower(hex(cover)), duration_ms
         FROM ${kind}_record WHERE id = ?`,
    );
    this.#insertTerms = prepareChange(database, `INSERT INTO ${kind}_term (rowid, terms) VALUES (?, ?)`);
    this.#insertRecord = prepareChange(
      database,
      `INSERT INTO ${kind}_record
         (place, id, libraries, title, artist, album, cover, duration_ms, name_hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    // A table without content takes back what it is given (https://sqlite.org/fts5.html, "The 'delete' Command").
    this.#deleteTerms = prepareChange(
      database,
      `INSERT INTO ${kind}_term (${kind}_term, rowid, terms) VALUES ('delete', ?, ?)`,
    );
    this.#deleteRecord = prepareChange(database, `DELETE FROM ${kind}_record WHERE place = ?`);
    this.#updateShown = prepareChange(
      database,
      `UPDATE ${kind}_record SET cover = ?, duration_ms = ? WHERE place = ?`,
    );
  }

  find(id: number): StoredRecord | undefined {
    const row = firstRow<Row>(this.#find, id);
    if (!row) return undefined;
    const [place, libraries, title, artist, album, cover, durationMs] = row;
    return {
      place,
      id,
      libraryNumbers: libraryNumbersOf(libraries),
      title,
      artist,
      album,
      coverAssetId: cover || undefined,
      durationMs: durationMs ?? undefined,
    };
  }

  updateShown(record: StoredRecord): void {
    this.#updateShown.run(...shown(record), record.place);
  }

  /**
   * Removes records as they are, then inserts. Terms in ascending places: FTS5 writes out what it has gathered whenever
   * a rowid is below the last.
   */
  replace(removed: readonly StoredRecord[], inserted: readonly StoredRecord[]): void {
    // First, since what moves keeps its id.
    for (const { place } of removed) this.#deleteRecord.run(place);
    const steps = [...removed, ...inserted].sort((a, b) => a.place - b.place);
    const goes = new Set(removed);
    for (const record of steps) {
      if (goes.has(record)) this.#deleteTerms.run(record.place, termsOf(record, this.#repeated).join(' '));
      else this.#insert(record);
    }
  }

  #insert(record: StoredRecord): void {
    const { place, id, libraryNumbers, title, artist, album } = record;
    this.#insertTerms.run(place, termsOf(record, this.#repeated, this.#vocabulary).join(' '));
    this.#insertRecord.run(
      place,
      id,
      libraryNumbers.join(' '),
      title,
      artist,
      album,
      ...shown(record),
      nameHash(title),
    );
  }
}

/** Each token once: as it is where the title has it, else marked as one from elsewhere. */
function termsOf(
  { libraryNumbers, title, artist, album }: StoredRecord,
  repeated: FieldTokens,
  vocabulary?: VocabularyWriter,
): string[] {
  const tokens = fieldTokens(title);
  const terms = [...libraryNumbers.map(libraryToken), ...tokens];
  for (const field of [repeated(artist), repeated(album)]) {
    for (const token of field) {
      if (tokens.includes(token)) continue;
      tokens.push(token);
      terms.push(elsewhereToken(token));
    }
  }
  vocabulary?.add(tokens);
  return terms;
}

type FieldTokens = (text: string) => readonly string[];

/** Names of artists and albums come again and again. */
const MAX_REMEMBERED = 4096;

function rememberedTokens(): FieldTokens {
  const known = new Map<string, readonly string[]>();
  return (text) => {
    let tokens = known.get(text);
    if (!tokens) {
      if (known.size >= MAX_REMEMBERED) known.clear();
      tokens = fieldTokens(text);
      known.set(text, tokens);
    }
    return tokens;
  };
}

export function storedOf(record: SearchRecord, libraries: LibraryNumbers): Omit<StoredRecord, 'place'> {
  const { id, libraryIds, title, artist, album, coverAssetId, durationMs } = record;
  const libraryNumbers = libraryIds.map((libraryId) => libraries.of(libraryId));
  return { id, libraryNumbers, title, artist, album, coverAssetId, durationMs };
}

export function libraryNumbersOf(stored: string): number[] {
  return stored === '' ? [] : stored.split(' ').map(Number);
}

function shown({ coverAssetId, durationMs }: StoredRecord): [Uint8Array | null, number | null] {
  return [coverAssetId === undefined ? null : fromHex(coverAssetId), durationMs ?? null];
}
