import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { leaveLog } from '../../catalog/sql/index.ts';
import type { DataFolder } from '../data-folder.ts';
import { openDump, openNewDump } from './dump-file.ts';

const data = { identity: { libraryId: 'own' } } as DataFolder;
const noDump = { code: 'usage', message: expect.stringContaining('no dump of a catalogue') as string };

it('opens no file of something else, which stays as it is', async () => {
  await using folder = await temporaryFolder('dump-file');
  const text = join(folder.path, 'letter.txt');
  await writeFile(text, 'Dear Ada, '.repeat(100));
  const other = join(folder.path, 'other.sqlite');
  new DatabaseSync(other).exec('create table library (id integer)');
  for (const file of [text, other]) {
    const before = await readFile(file);
    await expect(openNewDump(file)).rejects.toMatchObject(noDump);
    await expect(openDump(file, data)).rejects.toMatchObject(noDump);
    expect(await readFile(file)).toEqual(before);
  }
});

it('goes on with a dump that was stopped, which cannot be read before its end', async () => {
  await using folder = await temporaryFolder('dump-file');
  const file = join(folder.path, 'dump');
  await (await openNewDump(file))[Symbol.asyncDispose]();
  await expect(openDump(file, data)).rejects.toThrow('stopped before its end');
  await using again = await openNewDump(file);
  await leaveLog(again);
  // https://sqlite.org/fileformat2.html, "File format version numbers": 2 is WAL.
  expect([...(await readFile(file)).subarray(18, 20)]).toEqual([1, 1]);
  await expect(readFile(`${file}-wal`)).rejects.toThrow('ENOENT');
});
