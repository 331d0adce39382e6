/** Test files that run over each kind of catalogue, and those that do not, with the reason. */

export type Dialect = 'sqlite' | 'mariadb' | 'spider';

interface Suites {
  /** Files and folders. */
  readonly files: readonly string[];
  /** Files of these that are left out, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/** The ports' contracts over a server of databases, and what follows such a catalogue. */
const CONTRACTS_OF_SERVERS = [
  'src/accounts/sql/store.test.ts',
  'src/catalog/play-file/play-file.test.ts',
  'src/catalog/search/feed.test.ts',
  'src/catalog/sql/copy-catalog.test.ts',
  'src/catalog/sql/mysql/catalog.test.ts',
  'src/catalog/sql/transaction-rows.test.ts',
  'src/playback/stores/snapshots.test.ts',
] as const;

/** Servers, and imports, whose catalogue lies where the run wants it. */
const OVER_ANY = [
  'src/http/api',
  'src/http/media-worker/media-worker.test.ts',
  'src/http/play/play.test.ts',
  'src/http/playback/api.test.ts',
  'src/http/server.test.ts',
  'src/http/web/web.test.ts',
  'src/ingest/import.test.ts',
  'src/ingest/import-upload.test.ts',
  'test/e2e',
] as const;

/** Have the same catalogue in each run, so that one of them is enough. */
const SAME_EVERYWHERE = {
  'test/e2e/catalog-in-a-file.test.ts': 'of a catalogue in a file; runs with sqlite',
  'test/e2e/catalog-in-mariadb.test.ts': 'has a MariaDB of its own, which it kills; runs with sqlite',
  'test/e2e/play-file.test.ts': 'has a MariaDB of its own, which it stops; runs with sqlite',
  'test/e2e/matrix.test.ts': 'reads the file of SQLite to see which columns are named; runs with sqlite',
  'test/e2e/session-proofs.test.ts': 'sessions in memory and in NATS, no catalogue; runs with sqlite',
} as const;

export const suites: Readonly<Record<Dialect, Suites>> = {
  sqlite: {
    files: [
      'src/accounts',
      'src/catalog',
      'src/library-log/sqlite.test.ts',
      'src/playback/stores/many-sessions.test.ts',
      'src/playback/stores/snapshots.test.ts',
      ...OVER_ANY,
    ],
    leftOut: {
      'src/catalog/sql/mysql/catalog.test.ts': 'of servers of databases; runs with mariadb and spider',
      'src/catalog/sql/mysql/engine.test.ts': 'of MariaDB; runs with mariadb',
      'src/catalog/sql/shards/catalog.test.ts': 'of shards; runs with spider',
      'src/catalog/sql/shards/in-doubt.test.ts': 'of shards; runs with spider',
      'src/catalog/sql/shards/move.test.ts': 'of shards; runs with spider',
      'src/catalog/sql/shards/one-bucket.test.ts': 'of shards; runs with spider',
      'src/catalog/sql/shards/promote.test.ts': 'of shards; runs with spider',
    },
  },
  mariadb: {
    files: [...CONTRACTS_OF_SERVERS, 'src/catalog/sql/mysql/engine.test.ts', ...OVER_ANY],
    leftOut: SAME_EVERYWHERE,
  },
  spider: {
    files: [...CONTRACTS_OF_SERVERS, 'src/catalog/sql/shards', ...OVER_ANY],
    leftOut: SAME_EVERYWHERE,
  },
};
