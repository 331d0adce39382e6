import { DatabaseSync } from 'node:sqlite';
import { ClefError } from '../../core/index.ts';
import type { Following, LogEntry, LogRecord, SessionKey, SessionLog } from '../session/index.ts';

export interface SqliteLogOptions {
  /** A path, or `:memory:`. */
  readonly file: string;
  readonly newLogId: () => string;
  /** Time of day, for how long copies are recognised. */
  readonly now: () => number;
  /**
   * The highest sequence that snapshots have. A log that does not come so far was lost, or is an older copy: it goes on
   * behind it, under another name. Default 0.
   */
  readonly afterSeq?: number;
}

const FORMAT = 1;
/** Copies of a command are recognised for as long, whatever was trimmed. */
const RECOGNISED_MS = 120_000;
/** Appends that share a commit. */
const MOST_TOGETHER = 500;

interface Waiting {
  readonly key: SessionKey;
  readonly entry: LogEntry;
  readonly resolve: (appended: { readonly seq: number }) => void;
  readonly reject: (error: unknown) => void;
}

interface Trim {
  readonly key: SessionKey;
  readonly upToSeq: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Row {
  readonly seq: number;
  readonly entry: string;
}

/**
 * The log of one server: a file of its own, so that a command never waits for an import. What is appended in one turn of
 * the event loop is one commit, durable before anyone is told of it.
 */
export function openSqliteLog({ file, newLogId, now, afterSeq = 0 }: SqliteLogOptions): SessionLog {
  const database = open(file);
  const logId = identityOf(database, newLogId, afterSeq);
  const statements = {
    insert: database.prepare(
      `INSERT INTO record (user_id, session_id, cmd_id, added_ms, entry) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING seq`,
    ),
    known: database.prepare('SELECT seq FROM record WHERE user_id = ? AND session_id = ? AND cmd_id = ?'),
    after: database.prepare(
      `SELECT seq, entry FROM record
       WHERE user_id = ? AND session_id = ? AND seq > ? AND entry <> '' ORDER BY seq`,
    ),
    trim: database.prepare(
      'DELETE FROM record WHERE user_id = ? AND session_id = ? AND seq <= ? AND added_ms < ?',
    ),
    /** Of those that are too young, the ids stay. */
    empty: database.prepare(
      "UPDATE record SET entry = '' WHERE user_id = ? AND session_id = ? AND seq <= ? AND entry <> ''",
    ),
  };
  const followers = new Map<string, Set<(record: LogRecord) => void>>();
  let waiting: Waiting[] = [];
  let trims: Trim[] = [];
  let isAsked = false;

  function insert({ key: { userId, sessionId }, entry }: Waiting): { seq: number; isNew: boolean } {
    const { cmdId } = entry.command;
    const added = statements.insert.get(userId, sessionId, cmdId, now(), JSON.stringify(entry));
    const row = added ?? statements.known.get(userId, sessionId, cmdId);
    return { seq: Number(row?.['seq']), isNew: added !== undefined };
  }

  function commit(): void {
    isAsked = false;
    const together = waiting.slice(0, MOST_TOGETHER);
    waiting = waiting.slice(MOST_TOGETHER);
    if (waiting.length > 0) ask();
    let appended: readonly { readonly seq: number; readonly isNew: boolean }[];
    try {
      appended = inTransaction(database, () => together.map(insert));
    } catch (cause) {
      const error = new ClefError('log-unreachable', 'the log of sessions takes nothing', { cause });
      for (const { reject } of together) reject(error);
      return;
    }
    for (const [i, { key, entry, resolve }] of together.entries()) {
      const { seq = 0, isNew = false } = appended[i] ?? {};
      resolve({ seq });
      if (isNew) for (const tell of followers.get(nameOf(key)) ?? []) tell({ seq, ...entry });
    }
  }

  function commitTrims(): void {
    const together = trims.slice(0, MOST_TOGETHER);
    trims = trims.slice(MOST_TOGETHER);
    if (together.length === 0) return;
    if (trims.length > 0) setImmediate(commitTrims);
    try {
      inTransaction(database, () => {
        for (const {
          key: { userId, sessionId },
          upToSeq,
        } of together) {
          statements.trim.run(userId, sessionId, upToSeq, now() - RECOGNISED_MS);
          statements.empty.run(userId, sessionId, upToSeq);
        }
      });
      for (const { resolve } of together) resolve();
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }

  function ask(): void {
    if (isAsked) return;
    isAsked = true;
    setImmediate(commit);
  }

  return {
    logId,
    isReachable: true,

    append(key, entry) {
      const { promise, resolve, reject } = Promise.withResolvers<{ readonly seq: number }>();
      waiting.push({ key, entry, resolve, reject });
      ask();
      return promise;
    },

    follow(key, afterSeq, onRecord): Following {
      const name = nameOf(key);
      let isFollowing = true;
      const passOn = (): void => {
        const rows = statements.after.all(key.userId, key.sessionId, afterSeq) as unknown as readonly Row[];
        for (const { seq, entry } of rows)
          if (isFollowing) onRecord({ seq, ...(JSON.parse(entry) as LogEntry) });
        if (!isFollowing) return;
        const all = followers.get(name) ?? new Set();
        followers.set(name, all.add(onRecord));
      };
      return {
        caughtUp: Promise.resolve().then(passOn),
        [Symbol.dispose]() {
          isFollowing = false;
          const all = followers.get(name);
          all?.delete(onRecord);
          if (all?.size === 0) followers.delete(name);
        },
      };
    },

    followTentative: () => ({ [Symbol.dispose]: () => undefined }),

    trim(key, upToSeq) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (trims.length === 0) setImmediate(commitTrims);
      trims.push({ key, upToSeq, resolve, reject });
      return promise;
    },

    [Symbol.asyncDispose]() {
      while (waiting.length > 0) commit();
      while (trims.length > 0) commitTrims();
      followers.clear();
      database.close();
      return Promise.resolve();
    },
  };
}

function nameOf({ userId, sessionId }: SessionKey): string {
  return `${userId}/${sessionId}`;
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // FULL: what was acknowledged survives the machine, too (https://www.sqlite.org/pragma.html#pragma_synchronous).
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    const { user_version: format } = database.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    if (format > FORMAT) throw new ClefError('data-newer', 'the log of sessions was written by a newer Clef');
    database.exec(`
      CREATE TABLE IF NOT EXISTS record (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        cmd_id TEXT NOT NULL,
        added_ms INTEGER NOT NULL,
        entry TEXT NOT NULL,
        UNIQUE (user_id, session_id, cmd_id)
      ) STRICT;
      CREATE INDEX IF NOT EXISTS record_by_session ON record (user_id, session_id, seq);
      CREATE TABLE IF NOT EXISTS identity (log_id TEXT NOT NULL) STRICT;
      PRAGMA user_version = ${FORMAT}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function identityOf(database: DatabaseSync, newLogId: () => string, afterSeq: number): string {
  const known = database.prepare('SELECT log_id FROM identity').get();
  const counted = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'record'").get();
  if (known && Number(counted?.['seq'] ?? 0) >= afterSeq) return String(known['log_id']);
  const logId = newLogId();
  inTransaction(database, () => {
    database.exec('DELETE FROM identity');
    database.prepare('INSERT INTO identity (log_id) VALUES (?)').run(logId);
    database.prepare("DELETE FROM sqlite_sequence WHERE name = 'record'").run();
    database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('record', ?)").run(afterSeq);
  });
  return logId;
}

function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
