import { closeSync, fsync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { ClefError } from '../../../core/index.ts';
import { firstRow, prepareRows } from './statements.ts';

/** As many as make SQLite copy by itself (https://sqlite.org/wal.html, "Automatic Checkpoint"). */
const COPIED_PAGES = 1_000;

const syncDescriptor = promisify(fsync);

/**
 * Copies what was committed from the write-ahead log into the file, which SQLite does within a commit, where everybody waits
 * for the disk: for a second, where that is busy. Here only threads of Node's pool wait. The order is SQLite's: the log is
 * durable before the file is written, and the file before the log begins anew, so that a power cut costs commits and no more.
 */
export class LogCopier {
  readonly #database: DatabaseSync;
  readonly #logPath: string;
  /** Open for as long as the database: to close any handle of a file gives up the locks that this process has on it. */
  readonly #file: number;
  readonly #sync: (descriptor: number) => Promise<void>;

  /** Of an open database, which SQLite is told to leave alone. */
  constructor(database: DatabaseSync, path: string, sync = syncDescriptor) {
    this.#database = database;
    this.#logPath = `${path}-wal`;
    this.#file = openSync(path, 'r+');
    this.#sync = sync;
    database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF');
  }

  /**
   * Nothing where the log is short. Nothing may be written to the database until it resolves. `catalog-corrupt` where the disk
   * did not take what was written.
   */
  async copy(): Promise<void> {
    if (this.#logPages() < COPIED_PAGES) return;
    await this.#syncLog();
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    await this.#makeDurable(this.#file);
    // Everything is copied: what is left is to cut the log off.
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await this.#syncLog();
  }

  /** Closes the database too. As a durable one, unless nobody needs it any more. */
  close({ isDurable }: { readonly isDurable: boolean }): void {
    // One that could not be opened again was closed before.
    if (!this.#database.isOpen) return;
    if (isDurable) this.#database.exec('PRAGMA synchronous = NORMAL');
    this.#database.close();
    // After the database, whose locks end by it, and at once: whoever opens the same file next has locks to lose.
    closeSync(this.#file);
  }

  #logPages(): number {
    const counted = prepareRows(this.#database, 'PRAGMA wal_checkpoint(NOOP)');
    return firstRow<[busy: number, log: number, copied: number]>(counted)?.[1] ?? 0;
  }

  async #syncLog(): Promise<void> {
    await using log = await open(this.#logPath, 'r+');
    await this.#makeDurable(log.fd);
  }

  /** Linux drops pages that it could not write, and the next fsync succeeds without them (fsync(2), "EIO"; https://lwn.net/Articles/752063/). */
  async #makeDurable(descriptor: number): Promise<void> {
    try {
      await this.#sync(descriptor);
    } catch (cause) {
      throw new ClefError('catalog-corrupt', 'the disk did not take what was written', { cause });
    }
  }
}
