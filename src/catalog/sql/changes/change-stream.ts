import { setImmediate } from 'node:timers/promises';
import type { Change, ChangeReader, RowValue } from '../../port.ts';
import type { CatalogDatabase } from '../catalog-database.ts';
import { trimOutbox } from './outbox.ts';
import { prepared } from '../prepared.ts';
import { rowToJson } from '../row-json.ts';
import { keyOf } from '../row-statements.ts';
import type { CatalogMetaRow, OutboxEntryRow, OutboxLaneRow, TombstoneRow } from '../schema.ts';
import { loggedTables } from '../tables.ts';
import { metaValue } from '../transaction.ts';
import { tableWalk } from './walk.ts';

/** Changes that are forgotten in one transaction; others get their turn in between. */
const TRIMMED_AT_ONCE = 2_000;

/** The lane of a catalogue that lies in one database. */
const vb = 0;

const entriesAfter = prepared<{ vb: number; seq: number; limit: number }, OutboxEntryRow>((db, param) =>
  db
    .selectFrom('outbox_entry')
    .selectAll()
    .where('vb', '=', param('vb'))
    .where('seq', '>', param('seq'))
    .orderBy('seq')
    .limit(param('limit')),
);
const laneAt = prepared<{ vb: number }, OutboxLaneRow>((db, param) =>
  db.selectFrom('outbox_lane').selectAll().where('vb', '=', param('vb')),
);
export const putMeta = prepared<CatalogMetaRow, unknown>((db, param) =>
  db.replaceInto('catalog_meta').values({ name: param('name'), value: param('value') }),
);

const tableWalks = loggedTables.map((table) => ({ table, walk: tableWalk(table.name, table.key) }));
const tombstoneWalk = tableWalk('tombstone', ['vb', 'table_name', 'row_key']);

/** `seq` is the row's, or a place in another order. */
export function changeOf(row: Omit<OutboxEntryRow, 'vb' | 'writer'>): Change {
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
 * Everything as if it had just changed. It is read while others write: each row is as it was at `seq` or newer, and
 * what changed after `seq` is in the stream, so that a snapshot with the changes after it is one state. That needs no
 * read transaction, of which shards would each need their own.
 */
export async function* snapshotOf(
  database: CatalogDatabase,
  lastSeq: () => Promise<number>,
  tables: readonly string[] | undefined,
): AsyncGenerator<Change> {
  const isWanted = (table: string) => tables === undefined || tables.includes(table);
  const seq = await lastSeq();
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
}

/** The outbox of a catalogue that this process alone writes to, in one database. */
export function outboxReader(database: CatalogDatabase): ChangeReader {
  const lastSeq = async () => (await database.first(laneAt, { vb }))?.last_seq ?? 0;
  const trimmedUpTo = async () => (await database.first(laneAt, { vb }))?.trimmed_seq ?? 0;
  return {
    async catalogId() {
      return (await database.first(metaValue, { name: 'catalog-id' }))?.value ?? '';
    },

    async changesAfter(after, limit) {
      return (await database.all(entriesAfter, { vb, seq: after, limit })).map(changeOf);
    },

    lastSeq,
    trimmedUpTo,

    snapshot: (tables) => snapshotOf(database, lastSeq, tables),

    async trim(upToSeq) {
      const upTo = Math.min(upToSeq, await lastSeq());
      for (let trimmed = await trimmedUpTo(); trimmed < upTo; ) {
        trimmed = Math.min(trimmed + TRIMMED_AT_ONCE, upTo);
        const seq = trimmed;
        await database.transact((tx) => trimOutbox(tx, [{ vb, seq }]), { isPatient: true });
        await setImmediate();
      }
    },

    onCommit: (listener) => database.onCommit(listener),
  };
}
