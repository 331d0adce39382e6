import { setImmediate } from 'node:timers/promises';
import type { Change, ChangeStream, RowValue } from '../../port.ts';
import type { Database } from '../database.ts';
import { type Executor, prepared } from '../prepared.ts';
import { rowToJson } from '../row-json.ts';
import { keyOf } from '../row-statements.ts';
import type { CatalogMetaRow, OutboxRow, TombstoneRow } from '../schema.ts';
import { loggedTables } from '../tables.ts';
import { metaValue } from '../transaction.ts';
import { tableWalk } from './walk.ts';

/** Changes that are forgotten in one transaction; others get their turn in between. */
const TRIMMED_AT_ONCE = 2_000;

type NoParams = Readonly<Record<string, never>>;

const outboxAfter = prepared<{ seq: number; limit: number }, OutboxRow>((db, param) =>
  db.selectFrom('outbox').selectAll().where('seq', '>', param('seq')).orderBy('seq').limit(param('limit')),
);
const newestSeq = prepared<NoParams, { seq: number }>((db) =>
  db.selectFrom('outbox').select('seq').orderBy('seq', 'desc').limit(1),
);
const deleteOutbox = prepared<{ seq: number }, unknown>((db, param) =>
  db.deleteFrom('outbox').where('seq', '<=', param('seq')),
);
export const putMeta = prepared<CatalogMetaRow, unknown>((db, param) =>
  db.replaceInto('catalog_meta').values({ name: param('name'), value: param('value') }),
);

const tableWalks = loggedTables.map((table) => ({ table, walk: tableWalk(table.name, table.key) }));
const tombstoneWalk = tableWalk('tombstone', ['vb', 'table_name', 'row_key']);

async function trimmedUpTo(from: Executor): Promise<number> {
  return Number((await from.first(metaValue, { name: 'trimmed-up-to' }))?.value ?? 0);
}

async function lastSeq(from: Executor): Promise<number> {
  return (await from.first(newestSeq, {}))?.seq ?? (await trimmedUpTo(from));
}

function changeOf(row: OutboxRow): Change {
  return {
    seq: row.seq,
    table: row.table_name,
    // Written by transaction.ts.
    key: JSON.parse(row.row_key) as Change['key'],
    rowVersion: row.row_version,
    ...(row.row === null ? {} : { row: JSON.parse(row.row) as Readonly<Record<string, RowValue>> }),
  };
}

/**
 * The outbox, and everything as if it had just changed. A snapshot is read while others write: each row is as
 * it was at `seq` or newer, and what changed after `seq` is in the stream, so that a snapshot with the changes
 * after it is one state. That needs no read transaction, of which shards would each need their own.
 */
export function outboxReader(database: Database): Omit<ChangeStream, 'apply'> {
  return {
    async catalogId() {
      return (await database.first(metaValue, { name: 'catalog-id' }))?.value ?? '';
    },

    async changesAfter(after, limit) {
      return (await database.all(outboxAfter, { seq: after, limit })).map(changeOf);
    },

    lastSeq: () => lastSeq(database),
    trimmedUpTo: () => trimmedUpTo(database),

    async *snapshot(tables) {
      const isWanted = (table: string) => tables === undefined || tables.includes(table);
      const seq = await lastSeq(database);
      for (const { table, walk } of tableWalks) {
        if (!isWanted(table.name)) continue;
        for await (const row of walk.rows(database, [-1])) {
          yield {
            seq,
            table: table.name,
            key: keyOf(table, row),
            rowVersion: Number(row['row_version']),
            row: rowToJson(table, row),
          };
        }
      }
      for await (const row of tombstoneWalk.rows(database, [-1])) {
        // The walk is of the tombstone table.
        const { table_name, row_key, row_version } = row as unknown as TombstoneRow;
        if (!isWanted(table_name)) continue;
        yield {
          seq,
          table: table_name,
          key: JSON.parse(row_key) as Change['key'],
          rowVersion: row_version,
        };
      }
    },

    async trim(upToSeq) {
      const upTo = Math.min(upToSeq, await lastSeq(database));
      for (let trimmed = await trimmedUpTo(database); trimmed < upTo; ) {
        trimmed = Math.min(trimmed + TRIMMED_AT_ONCE, upTo);
        const seq = trimmed;
        await database.transact(async (tx) => {
          await tx.run(deleteOutbox, { seq });
          await tx.run(putMeta, { name: 'trimmed-up-to', value: String(seq) });
        });
        await setImmediate();
      }
    },

    onCommit: (listener) => database.onCommit(listener),
  };
}
