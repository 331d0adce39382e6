import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { missingOf } from './packages.ts';

it('names each missing package once, and none whose programs are there', async () => {
  await using folder = await temporaryFolder('packages');
  await writeFile(join(folder.path, 'made-for-this-test'), '');
  const needs = [
    { package: 'whole', anyOf: ['made-for-this-test'] },
    { package: 'by-path', anyOf: ['/nowhere/at/all', join(folder.path, 'made-for-this-test')] },
    { package: 'half', anyOf: ['made-for-this-test'] },
    { package: 'half', anyOf: ['nothing-has-this-name'] },
    { package: 'absent', anyOf: ['nothing-has-this-name'] },
    { package: 'absent', anyOf: ['nor-this'] },
  ];
  expect(await missingOf(needs, `:${folder.path}`)).toEqual(['half', 'absent']);
});
