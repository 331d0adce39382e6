import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClefError, type ErrorCode, errorTable, isClefError } from './index.ts';

describe('errors', () => {
  it('are documented in docs/errors.md exactly as the table has them', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8');
    const documented = page.split('\n').filter((line) => line.startsWith('| `'));
    const expected = Object.entries(errorTable).map(
      ([code, row]) =>
        `| \`${code}\` | ${row.meaning} | ${row.retryable ? 'yes' : 'no'} | ${row.httpStatus} | ${row.subsonicCode} |`,
    );
    expect(documented).toEqual(expected);
  });

  it('are retryable exactly where the table says so', () => {
    for (const [code, row] of Object.entries(errorTable)) {
      expect(new ClefError(code as ErrorCode, 'failed').retryable, code).toBe(row.retryable);
    }
  });

  it('carry their code and cause', () => {
    const cause = new Error('EIO');
    const error = new ClefError('node-io', 'reading a column failed', { cause });
    expect(isClefError(error, 'node-io')).toBe(true);
    expect(isClefError(error, 'internal')).toBe(false);
    expect(error.retryable).toBe(true);
    expect(error.cause).toBe(cause);
  });
});
