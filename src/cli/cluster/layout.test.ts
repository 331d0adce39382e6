import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { ClusterLayout } from './layout.ts';

it('draws a port and a secret once for each name, and has the same after a start', async () => {
  await using folder = await temporaryFolder('layout');
  const file = join(folder.path, 'layout.json');
  const layout = await ClusterLayout.open(file);
  const ports = [await layout.port('a'), await layout.port('b')];
  const secrets = [layout.secret('a'), layout.secret('b')];
  expect(new Set(ports).size).toBe(2);
  expect(new Set(secrets).size).toBe(2);
  expect([await layout.port('a'), layout.secret('a')]).toEqual([ports[0], secrets[0]]);
  await layout.save();

  const again = await ClusterLayout.open(file);
  expect([await again.port('a'), await again.port('b')]).toEqual(ports);
  expect([again.secret('a'), again.secret('b')]).toEqual(secrets);
});

it.each(['', '{', '{"ports":{"a":0},"secrets":{}}', '{"ports":{},"secrets":{"a":"\\"; drop"}}'])(
  'refuses a list that is damaged: %s',
  async (text) => {
    await using folder = await temporaryFolder('layout');
    const file = join(folder.path, 'layout.json');
    await writeFile(file, text);
    await expect(ClusterLayout.open(file)).rejects.toMatchObject({ code: 'data-invalid' });
  },
);
