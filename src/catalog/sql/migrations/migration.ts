import type { Kysely } from 'kysely';

/** A step of the schema. Once released it never changes: what it made is changed by a later one. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** A migration knows the tables of its time, not those of today's schema.ts. */
  readonly up: (db: Kysely<never>) => Promise<void>;
}
