import type { Kysely, Transaction } from 'kysely';
import type { Lanes } from './changes/outbox.ts';
import type { Replicas } from './mysql/replicas.ts';
import type { Schema } from './schema.ts';

export interface TransactOptions {
  /**
   * That a row is not there stays so until the end; default true. Where it is false, another transaction may write it first,
   * and the work runs again: for work that writes each row which it did not find, and takes a row that stands for a range
   * before it reads that.
   */
  readonly locksGaps?: boolean;
  /** Nobody waits for it who asked for something, so that its statements may take long; default false. */
  readonly isPatient?: boolean;
}

export interface EngineReplicas {
  readonly db: Kysely<Schema>;
  readonly state: Replicas;
}

/** What a catalogue's database runs on. Its failures are ClefErrors where they mean something to whoever keeps it. */
export interface Engine extends AsyncDisposable {
  /** For reads outside of transactions. */
  readonly db: Kysely<Schema>;
  /** The same for reads of many rows, whose answers are waited for longer. */
  readonly patientDb: Kysely<Schema>;
  /** Compiles what transactions run. */
  readonly compiler: Kysely<Schema>;
  readonly lanes: Lanes;
  /** Other servers that hold the same rows a moment later. */
  readonly replicas?: EngineReplicas | undefined;
  /** Keeps what one server does for all from the others until it is disposed of; undefined while another has it. Absent where there are no others. */
  holdChore?(name: string): Promise<AsyncDisposable | undefined>;
  /** Runs what makes or changes tables, which may take long. */
  migrate(work: (db: Kysely<Schema>) => Promise<void>): Promise<void>;
  /**
   * Runs the work as one transaction, which sees nothing that another changes before its end. Where two cannot both
   * go on, the work of one is undone and runs again. Where a commit failed, or its answer was lost, one trace that it would have
   * left is looked for after another, until one is found or known to be missing. `catalog-in-doubt` where none can be looked for.
   */
  transact<Result>(
    work: (connection: Transaction<Schema>) => Promise<Result>,
    traces: () => readonly Trace[],
    options?: TransactOptions,
  ): Promise<Result>;
}

/** Whether what a commit would have left is there, asked in another transaction. Undefined where nothing tells. */
export type Trace = (connection: Transaction<Schema>) => Promise<boolean | undefined>;
