import type { FileFormat } from '../../projection/sqlite/index.ts';
import type { SearchKind } from '../port.ts';

export const SEARCH_KINDS: readonly SearchKind[] = ['track', 'album', 'artist'];

/** Segments of one size are merged from two on, where FTS5 would wait for the fourth: each costs every query a look. */
const MERGED_TOGETHER = 2;

function tablesOf(kind: SearchKind): string {
  return `
    CREATE VIRTUAL TABLE ${kind}_term USING fts5(
      terms, content='', contentless_delete=1, detail=none, tokenize='ascii', prefix='1 2 3 4 5 6 7 8'
    );
    INSERT INTO ${kind}_term (${kind}_term, rank) VALUES ('usermerge', ${MERGED_TOGETHER});
    CREATE TABLE ${kind}_record (
      place INTEGER PRIMARY KEY,
      id INTEGER NOT NULL UNIQUE,
      libraries TEXT NOT NULL,
      title TEXT NOT NULL,
      artist TEXT NOT NULL,
      album TEXT NOT NULL,
      cover BLOB,
      duration_ms INTEGER,
      name_hash INTEGER NOT NULL
    ) STRICT;
    -- Everything that finding by name needs, so that it reads no record.
    CREATE INDEX ${kind}_name ON ${kind}_record (name_hash, place, id, libraries);
  `;
}

/**
 * `*_term` holds the words, `*_record` what is shown and ranked by; both are keyed by place (places.ts) and
 * lie in one file, so that one transaction covers them and the position. `libraries` are numbers, parted by
 * spaces. `play_count` makes places, and is kept for items that are not there and may come back. `word` is
 * every word that was ever indexed, `word_gram` the trigrams of those that people misspell.
 */
const SCHEMA = `
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
  CREATE TABLE word (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE VIRTUAL TABLE word_gram USING fts5(
    grams, content='', columnsize=0, detail=none, tokenize='ascii'
  );
  INSERT INTO word_gram (word_gram, rank) VALUES ('usermerge', ${MERGED_TOGETHER});
`;

export const SEARCH_FILE: FileFormat = {
  // "Clef" in ASCII.
  applicationId: 0x436c6566,
  // Grows with the rules of folding and tokens too.
  version: 1,
  schema: SCHEMA,
};
