import type { FileFormat } from '../../projection/sqlite/index.ts';
import type { SearchKind } from '../port.ts';

export const SEARCH_KINDS: readonly SearchKind[] = ['track', 'album', 'artist'];

/**
 * Segments of one size are merged from two on, where FTS5 would wait for the fourth: each costs every query a look. While an
 * import writes, that halves what queries take, and takes a third from what a change does.
 */
export const MERGED_TOGETHER = 2;

/**
 * Beginnings up to this many characters have posting lists of their own; a longer one is asked for by the words
 * that begin so.
 */
export const INDEXED_BEGINNING_CHARS = 5;
const BEGINNINGS = Array.from({ length: INDEXED_BEGINNING_CHARS }, (_, index) => index + 1).join(' ');

/**
 * Of posting lists, in bytes; FTS5 takes 4,050. To come to one row of a list it reads on from the beginning of a page, which
 * is most of what a query costs whose words are seldom together.
 */
const PAGE_BYTES = 1000;

function tablesOf(kind: SearchKind): string {
  return `
    CREATE VIRTUAL TABLE ${kind}_term USING fts5(
      terms, content='', columnsize=0, detail=none, tokenize='ascii', prefix='${BEGINNINGS}'
    );
    INSERT INTO ${kind}_term (${kind}_term, rank) VALUES
      ('automerge', ${MERGED_TOGETHER}), ('usermerge', ${MERGED_TOGETHER}), ('pgsz', ${PAGE_BYTES});
    CREATE TABLE ${kind}_record (
      place INTEGER PRIMARY KEY,
      id INTEGER NOT NULL,
      libraries TEXT NOT NULL,
      title TEXT NOT NULL,
      artist TEXT NOT NULL,
      album TEXT NOT NULL,
      cover BLOB,
      duration_ms INTEGER,
      album_id INTEGER,
      item_count INTEGER,
      created_at_ms INTEGER,
      name_hash INTEGER NOT NULL
    ) STRICT;
  `;
}

/**
 * `*_term` holds the words, `*_record` what is shown and ranked by; both are keyed by place (places.ts) and
 * lie in one file, so that one transaction covers them and the position. `libraries` are numbers, parted by
 * spaces. `play_count` makes places, and is kept for items that are not there and may come back. `word` is
 * every word that was ever indexed, those of a rebuild by how common they are; `word_gram` the trigrams of
 * those that people misspell.
 */
const TABLES = `
  CREATE TABLE library (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE followed (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    catalog_id TEXT,
    seq INTEGER,
    next_sequence INTEGER NOT NULL
  ) STRICT;
  INSERT INTO followed VALUES (1, NULL, NULL, 0);
  ${SEARCH_KINDS.map(tablesOf).join('')}
  CREATE TABLE play_count (
    item_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    plays INTEGER NOT NULL,
    PRIMARY KEY (item_id, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE word (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE VIRTUAL TABLE word_gram USING fts5(
    grams, content='', columnsize=0, detail=none, tokenize='ascii'
  );
  INSERT INTO word_gram (word_gram, rank) VALUES ('automerge', ${MERGED_TOGETHER}), ('usermerge', ${MERGED_TOGETHER});
`;

/**
 * Apart from the tables: made at the end of a rebuild they are sorted once, instead of being written to all over for
 * every row. The one by name has everything that finding by name needs, so that it reads no record.
 */
export const INDEXES = `
  ${SEARCH_KINDS.map(
    (kind) => `
      CREATE UNIQUE INDEX ${kind}_id ON ${kind}_record (id);
      CREATE INDEX ${kind}_name ON ${kind}_record (name_hash, place, id, libraries);
    `,
  ).join('')}
  CREATE UNIQUE INDEX word_text ON word (text);
`;

export const SEARCH_FILE: FileFormat = {
  // "Clef" in ASCII.
  applicationId: 0x436c6566,
  // Grows with the rules of folding and tokens too.
  version: 3,
  schema: TABLES,
  indexes: INDEXES,
};
