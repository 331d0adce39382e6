import type { Kysely } from 'kysely';
import type { Lanes } from './changes/outbox.ts';
import type { TransactOptions } from './engine.ts';
import type { Part } from './parts.ts';
import type { Executor } from './prepared.ts';
import type { OutboxEntryRow, Schema } from './schema.ts';

/** What is read without a transaction. */
export interface CatalogReads extends Executor {
  /** For the queries that are too rare to prepare. Reads only: writes go through `transact`. */
  readonly db: Kysely<Schema>;
}

/** What those who follow the changes of a database need of it. */
export interface CatalogDatabase extends CatalogReads {
  /** For walks through whole tables and sums over them, which take longer than people wait for one that is away. */
  readonly patient: CatalogReads;
  /** Whether this process wrote what the outbox says a transaction did. */
  wrote(entry: Pick<OutboxEntryRow, 'writer'>): boolean;
  /** How the outbox is counted. */
  readonly lanes: Lanes;
  /** Where the buckets lie. */
  parts(): Promise<readonly Part[]>;
  transact<Result>(work: (tx: Executor) => Promise<Result>, options?: TransactOptions): Promise<Result>;
  /** Called after each commit that wrote to the outbox, with the tables that it changed; returns the unsubscriber. */
  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void;
}
