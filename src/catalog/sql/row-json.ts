import { fromBase64Url, toBase64Url, unreachable } from '../../core/index.ts';
import type { RowValue } from '../port.ts';
import type { ColumnType, LoggedTable } from './tables.ts';

/** A row as the outbox and the library log carry it: every column, bytes as base64url. */
export function rowToJson(
  table: LoggedTable,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, RowValue>> {
  const values: Record<string, RowValue> = {};
  for (const column in table.columns) {
    const value = row[column];
    values[column] =
      value instanceof Uint8Array ? { $bytes: toBase64Url(value) } : (value as Exclude<RowValue, object>);
  }
  return values;
}

/** The value for SQL, or undefined where the column does not take such a one. */
export function valueFromJson(
  type: ColumnType,
  value: RowValue,
): string | number | Uint8Array | null | undefined {
  if (value === null) return type.endsWith('?') ? null : undefined;
  switch (type) {
    case 'integer':
    case 'integer?':
      return Number.isSafeInteger(value) ? (value as number) : undefined;
    case 'real?':
      return typeof value === 'number' ? value : undefined;
    case 'text':
    case 'text?':
      return typeof value === 'string' ? value : undefined;
    case 'bytes':
    case 'bytes?':
      return typeof value === 'object' ? fromBase64Url(value.$bytes) : undefined;
    default:
      return unreachable(type);
  }
}
