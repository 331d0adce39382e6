import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settingsTable } from './table.ts';

it('docs/operations.md lists every setting as the code has it', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
  const documented = /<!-- settings -->\n([^]*?)\n<!-- \/settings -->/.exec(page)?.[1];
  expect(documented).toBe(settingsTable());
});
