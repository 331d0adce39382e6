import { setTimeout as wait } from 'node:timers/promises';
import type { SmbAddress, SmbCredentials } from './address.ts';
import {
  PIECE_BYTES,
  type SmbCall,
  type SmbCallName,
  type SmbCalls,
  type SmbEntry,
  type SmbHandle,
  type SmbSpace,
  type SmbStat,
} from './calls.ts';
import { SmbConnection } from './connection.ts';
import { FailedConnecting } from './failed-connecting.ts';
import { SmbFault } from './fault.ts';

export interface SmbShareOptions {
  readonly address: SmbAddress;
  readonly credentials: SmbCredentials;
  /** A server that answers nothing for so long is away. Default 5 s. */
  readonly silentMs?: number;
  /** Milliseconds of a clock that never goes back; default performance.now. */
  readonly monotonicMs?: () => number;
}

export interface SmbReadOptions {
  /** What its name stands for now, at the price of opening it. */
  readonly isFresh?: boolean;
}

/** A file that is being written. Nothing else can be done with it. */
export interface SmbNewFile {
  /** The bytes are the caller's again once it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** One that reads while the other one sends what it has. Each is a process of some 50 MB. */
const MOST_CONNECTIONS = 2;
const DEFAULT_SILENT_MS = 5_000;
/** An open file is one that nobody else can remove. */
const RELEASE_AFTER_MS = 500;
/** Processes without work for this long are let go. */
const IDLE_MS = 30_000;
/** Between tries of what others keep open: readers let go of a file within a second and a half. */
const BUSY_WAITS_MS = [20, 50, 100, 200, 400, 800, 800];
const ENTRIES_AT_ONCE = 256;

/**
 * The files of a share. Paths go by `/`, and '' is its top. Errors are SmbFaults. Where a connection broke, a call is tried
 * again on a new one, and may find that it has happened before: ENOENT or EEXIST. Files that are written, listings and
 * renames are not tried again; a rename may have happened, or have come half way.
 */
export class SmbShare implements AsyncDisposable {
  readonly #options: SmbShareOptions;
  readonly #connections: SmbConnection[] = [];
  readonly #failed: FailedConnecting;
  #releaseTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SmbShareOptions) {
    this.#options = options;
    this.#failed = new FailedConnecting(options.monotonicMs ?? (() => performance.now()));
  }

  get host(): string {
    return this.#options.address.host;
  }

  /** Of its processes, for those who watch them. */
  get pids(): readonly number[] {
    return this.#connections.flatMap(({ pid }) => pid ?? []);
  }

  /** Whether or not the server answers: rejects where Samba's library cannot be had here (`no-library`). */
  async assertLibrary(): Promise<void> {
    await (this.#connections[0] ?? this.#open()).started();
  }

  async stat(path: string): Promise<SmbStat> {
    return (await this.#ask<'stat'>({ kind: 'stat', path })).value;
  }

  /** Fills `into` from an offset; answers how many bytes there were, fewer only where the file ends. */
  async read(
    path: string,
    offsetBytes: number,
    into: Uint8Array,
    { isFresh = false }: SmbReadOptions = {},
  ): Promise<number> {
    const pieces: Promise<{ readonly lengthBytes: number }>[] = [];
    for (let at = 0; at < into.length; at += PIECE_BYTES) {
      const piece = into.subarray(at, at + PIECE_BYTES);
      const call = {
        kind: 'read',
        path,
        offsetBytes: offsetBytes + at,
        lengthBytes: piece.length,
        isFresh,
      } as const;
      pieces.push(this.#ask<'read'>(call, piece));
    }
    let filled = 0;
    for (const { lengthBytes } of await Promise.all(pieces)) {
      filled += lengthBytes;
      if (lengthBytes < PIECE_BYTES) break;
    }
    this.#releaseSoon();
    return filled;
  }

  /** EEXIST where the path is taken. */
  async create(path: string): Promise<SmbNewFile> {
    const connection = await this.#connection();
    const { value: handle } = await this.#on<'create'>(connection, { kind: 'create', path });
    const hold = connection.hold();
    return {
      write: async (bytes) => {
        for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
          await this.#on<'write'>(
            connection,
            { kind: 'write', handle },
            bytes.subarray(at, at + PIECE_BYTES),
          );
        }
      },
      close: async () => {
        hold[Symbol.dispose]();
        await this.#close(connection, handle);
      },
    };
  }

  /** Of a file. One that has the new name is removed before: for a moment nothing has it. EEXIST where it could not be. */
  async rename(from: string, to: string): Promise<void> {
    await this.#whileBusy(
      to,
      async () => {
        await this.#on<'rename'>(await this.#connection(), { kind: 'rename', from, to });
      },
      // The library tells of its first try only, which the file of that name refused, and not why that stayed.
      ['EBUSY', 'EEXIST'],
    );
  }

  /** Whether somebody has it open to write into it. */
  async isWritten(path: string): Promise<boolean> {
    return (await this.#ask<'isWritten'>({ kind: 'isWritten', path })).value;
  }

  /** Lets go of what was read: until then, or for a second, nobody else can remove or rename it. */
  async release(path: string): Promise<void> {
    await Promise.all(
      this.#connections.map((connection) =>
        // One that breaks now holds nothing any more.
        connection.call<'release'>({ kind: 'release', path }).catch(() => undefined),
      ),
    );
  }

  async unlink(path: string): Promise<void> {
    await this.#whileBusy(path, () => this.#ask<'unlink'>({ kind: 'unlink', path }));
  }

  async mkdir(path: string): Promise<void> {
    await this.#ask<'mkdir'>({ kind: 'mkdir', path });
  }

  async rmdir(path: string): Promise<void> {
    await this.#ask<'rmdir'>({ kind: 'rmdir', path });
  }

  /** What is in a folder, in no order. */
  async *list(path: string): AsyncGenerator<SmbEntry, void, undefined> {
    const connection = await this.#connection();
    using _hold = connection.hold();
    const { value: handle } = await this.#on<'list'>(connection, { kind: 'list', path });
    try {
      for (;;) {
        const call = { kind: 'entries', handle, most: ENTRIES_AT_ONCE } as const;
        const { value: entries } = await this.#on<'entries'>(connection, call);
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      if (!connection.isEnded) await this.#close(connection, handle);
    }
  }

  async space(): Promise<SmbSpace> {
    return (await this.#ask<'space'>({ kind: 'space' })).value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#releaseTimer);
    clearTimeout(this.#idleTimer);
    // Each leaves the list as it ends.
    for (const connection of this.#connections.splice(0)) connection.end();
  }

  async #ask<Name extends SmbCallName>(
    call: Extract<SmbCall, { readonly kind: Name }>,
    into?: Uint8Array,
  ): Promise<{ readonly value: SmbCalls[Name]['answer']; readonly lengthBytes: number }> {
    const options = into && { into };
    // Each of our connections may have broken without our knowing.
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connection();
      try {
        return await connection.call<Name>(call, options);
      } catch (error) {
        const isBroken = error instanceof SmbFault && error.kind === 'away';
        if (!isBroken || attempt > MOST_CONNECTIONS) throw error;
      } finally {
        this.#endIdleLater();
      }
    }
  }

  async #on<Name extends SmbCallName>(
    connection: SmbConnection,
    call: Extract<SmbCall, { readonly kind: Name }>,
    bytes?: Uint8Array,
  ): Promise<{ readonly value: SmbCalls[Name]['answer'] }> {
    try {
      return await connection.call<Name>(call, bytes && { bytes });
    } finally {
      this.#endIdleLater();
    }
  }

  async #close(connection: SmbConnection, handle: SmbHandle): Promise<void> {
    await this.#on<'close'>(connection, { kind: 'close', handle });
  }

  /** A file that somebody has open cannot go: our own connections let go of it, others do so soon. */
  async #whileBusy(
    path: string,
    work: () => Promise<unknown>,
    busyErrnos: readonly string[] = ['EBUSY'],
  ): Promise<void> {
    for (const pauseMs of [...BUSY_WAITS_MS, undefined]) {
      await this.release(path);
      try {
        await work();
        return;
      } catch (error) {
        const isBusy = error instanceof SmbFault && busyErrnos.includes(error.errno ?? '');
        if (!isBusy || pauseMs === undefined) throw error;
        await wait(pauseMs);
      }
    }
  }

  /** The one with least to do, connected. */
  async #connection(): Promise<SmbConnection> {
    if (this.#isClosed) throw new SmbFault('away');
    for (let attempt = 1; ; attempt++) {
      const connection = this.#least();
      if (connection.isConnected) return connection;
      try {
        await connection.connected();
        this.#failed.forget();
        return connection;
      } catch (error) {
        if (connection.hasDied && attempt <= MOST_CONNECTIONS) continue;
        if (error instanceof SmbFault) this.#failed.note(error);
        throw error;
      }
    }
  }

  /** While a failure is remembered, only one that is connected already. */
  #least(): SmbConnection {
    const fault = this.#failed.remembered;
    const usable = this.#connections.filter(({ isConnected }) => isConnected || !fault);
    const [least] = usable.toSorted((a, b) => a.load - b.load);
    if (fault) {
      if (!least) throw fault;
      return least;
    }
    const isBusy = least?.isConnected === true && least.load > 0;
    const hasRoom = this.#connections.length < MOST_CONNECTIONS;
    return !least || (isBusy && hasRoom) ? this.#open() : least;
  }

  #open(): SmbConnection {
    const connection: SmbConnection = new SmbConnection({
      address: this.#options.address,
      credentials: this.#options.credentials,
      silentMs: this.#options.silentMs ?? DEFAULT_SILENT_MS,
      onEnd: () => {
        const at = this.#connections.indexOf(connection);
        if (at >= 0) this.#connections.splice(at, 1);
      },
    });
    this.#connections.push(connection);
    return connection;
  }

  #releaseSoon(): void {
    clearTimeout(this.#releaseTimer);
    this.#releaseTimer = setTimeout(() => {
      for (const connection of this.#connections) {
        connection.call<'release'>({ kind: 'release' }).catch(() => undefined);
      }
    }, RELEASE_AFTER_MS).unref();
  }

  #endIdleLater(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      for (const connection of this.#connections.filter(({ isIdle }) => isIdle)) connection.end();
    }, IDLE_MS).unref();
  }
}
