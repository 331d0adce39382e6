import { type Bytes, ClefError, fromBase64Url } from '../core/index.ts';
import type { RowValue } from './port.ts';

// What a change's row holds, for whoever makes something else of it. A row that is not as its table has it throws `catalog-corrupt`.

export function textOf(value: RowValue | undefined): string {
  if (typeof value !== 'string') throw unexpected('a text', value);
  return value;
}

export function integerOf(value: RowValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unexpected('an integer', value);
  return value;
}

export function bytesOf(value: RowValue | undefined): Bytes {
  if (typeof value !== 'object' || value === null) throw unexpected('bytes', value);
  return fromBase64Url(value.$bytes);
}

function unexpected(expected: string, value: unknown): ClefError {
  return new ClefError('catalog-corrupt', `a catalogue change holds ${typeof value} in place of ${expected}`);
}
