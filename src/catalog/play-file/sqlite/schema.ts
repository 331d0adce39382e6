import type { FileFormat } from '../../projection/sqlite/index.ts';

/**
 * `name` holds what many rows have in common: libraries, nodes, media types, file name endings. `column_nodes` are numbers
 * of names by column, parted by spaces, 0 where a column was not stored. Ids of assets and layouts are bytes.
 */
const SCHEMA = `
  CREATE TABLE followed (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    catalog_id TEXT,
    seq INTEGER
  ) STRICT;
  INSERT INTO followed VALUES (1, NULL, NULL);
  CREATE TABLE name (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE track (
    id INTEGER PRIMARY KEY,
    original BLOB NOT NULL,
    artist TEXT NOT NULL,
    title TEXT NOT NULL,
    suffix INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE asset (
    id BLOB PRIMARY KEY,
    library INTEGER NOT NULL,
    layout BLOB NOT NULL,
    data_columns INTEGER NOT NULL,
    parity_columns INTEGER NOT NULL,
    header BLOB NOT NULL,
    column_nodes TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    length_bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    degraded INTEGER NOT NULL,
    media_type INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE companion (
    parent BLOB NOT NULL,
    kind TEXT NOT NULL,
    asset BLOB,
    PRIMARY KEY (parent, kind)
  ) STRICT, WITHOUT ROWID;
`;

export const PLAY_FILE: FileFormat = {
  // "ClPl" in ASCII.
  applicationId: 0x436c506c,
  version: 1,
  schema: SCHEMA,
};
