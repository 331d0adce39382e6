/** Writes the settings table into docs/operations.md, between its two marks. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settingsTable } from '../src/cli/config/table.ts';

const page = join(import.meta.dirname, '..', 'docs', 'operations.md');
const text = await readFile(page, 'utf8');
await writeFile(
  page,
  text.replace(
    /(<!-- settings -->\n)[^]*?(<!-- \/settings -->)/,
    (_, open: string, close: string) => `${open}${settingsTable()}\n${close}`,
  ),
);
