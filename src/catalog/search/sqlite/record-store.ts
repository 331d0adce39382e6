import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type AssetId, fromHex } from '../../../core/index.ts';
import { libraryToken, titleToken } from './match-expression.ts';
import { nameHash } from './name-hash.ts';
import type { SearchKind } from '../port.ts';
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
  readonly #kind: SearchKind;
  readonly #vocabulary: VocabularyWriter;
  readonly #find: StatementSync;
  readonly #insertTerms: StatementSync;
  readonly #insertRecord: StatementSync;
  readonly #deleteTerms: StatementSync;
  readonly #deleteRecord: StatementSync;
  readonly #updateShown: StatementSync;

  constructor(database: DatabaseSync, kind: SearchKind, vocabulary: VocabularyWriter) {
    this.#kind = kind;
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
    this.#deleteTerms = prepareChange(database, `DELETE FROM ${kind}_term WHERE rowid = ?`);
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

  remove(place: number): void {
    this.#deleteTerms.run(place);
    this.#deleteRecord.run(place);
  }

  updateShown(record: StoredRecord): void {
    this.#updateShown.run(...shown(record), record.place);
  }

  /** In ascending places: FTS5 writes out what it has gathered whenever a rowid is not above the last. */
  insert(records: readonly StoredRecord[]): void {
    for (const record of records.toSorted((a, b) => a.place - b.place)) {
      this.#insertTerms.run(record.place, this.#termsOf(record).join(' '));
      const { place, id, libraryNumbers, title, artist, album } = record;
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

  #termsOf({ libraryNumbers, title, artist, album }: StoredRecord): string[] {
    const titleTokens = fieldTokens(title);
    const tokens = new Set([...titleTokens, ...fieldTokens(artist), ...fieldTokens(album)]);
    this.#vocabulary.add(tokens);
    // An artist has nothing but a title.
    const marked = this.#kind === 'artist' ? [] : titleTokens.map(titleToken);
    return [...libraryNumbers.map(libraryToken), ...marked, ...tokens];
  }
}

export function libraryNumbersOf(stored: string): number[] {
  return stored === '' ? [] : stored.split(' ').map(Number);
}

function shown({ coverAssetId, durationMs }: StoredRecord): [Uint8Array | null, number | null] {
  return [coverAssetId === undefined ? null : fromHex(coverAssetId), durationMs ?? null];
}
