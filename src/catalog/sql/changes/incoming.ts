import { BUCKET_COUNT, ClefError } from '../../../core/index.ts';
import type { Change } from '../../port.ts';
import { valueFromJson } from '../row-json.ts';
import { loggedTable, type LoggedTable } from '../tables.ts';

export type SqlValue = string | number | Uint8Array | null;

/** A change whose table, key and values this Clef knows. */
export interface IncomingChange {
  readonly table: LoggedTable;
  readonly key: Readonly<Record<string, string | number>> & { readonly vb: number };
  readonly rowKey: string;
  readonly rowVersion: number;
  /** Every column but the version; undefined for a deletion. */
  readonly values: Readonly<Record<string, SqlValue>> | undefined;
}

/** `unsupported-format` on what this Clef would have to drop to go on: a newer one knows it. */
export function parseChange(change: Change): IncomingChange {
  const table = loggedTable(change.table);
  if (!table) throw unsupported(`a table ${JSON.stringify(change.table)}`);
  if (change.key.length !== table.key.length) throw unsupported(`another key for ${table.name}`);
  if (!Number.isSafeInteger(change.rowVersion) || change.rowVersion < 1) {
    throw unsupported(`a version of ${table.name} that is none`);
  }
  const key = Object.fromEntries(table.key.map((column, index) => [column, change.key[index] ?? '']));
  const vb = key['vb'];
  if (typeof vb !== 'number' || !Number.isSafeInteger(vb) || vb < 0 || vb >= BUCKET_COUNT) {
    throw unsupported(`a bucket of ${table.name} that is none`);
  }
  return {
    table,
    key: { ...key, vb },
    rowKey: JSON.stringify(change.key),
    rowVersion: change.rowVersion,
    values: change.row && valuesOf(table, key, change.row),
  };
}

function valuesOf(
  table: LoggedTable,
  key: Readonly<Record<string, string | number>>,
  row: NonNullable<Change['row']>,
): Readonly<Record<string, SqlValue>> {
  for (const column of Object.keys(row)) {
    if (!(column in table.columns)) throw unsupported(`a column ${table.name}.${column}`);
  }
  const values: Record<string, SqlValue> = {};
  for (const [column, type] of Object.entries(table.columns)) {
    // A column that an older Clef did not have yet.
    const value = valueFromJson(type, row[column] ?? null);
    if (value === undefined || (column in key && value !== key[column])) {
      throw unsupported(`no such value in ${table.name}.${column}`);
    }
    values[column] = value;
  }
  return values;
}

function unsupported(what: string): ClefError {
  return new ClefError('unsupported-format', `the library log holds ${what}, which this Clef does not know`);
}
