import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runClef, temporaryFolder } from '../support/clef-process.ts';
import { copyFirstStart } from '../support/first-start.ts';

it('is not dumped where it is not there, and nobody is invited to it', async () => {
  await using place = await temporaryFolder('catalog-file');
  const dump = join(place.path, 'dump');
  const nothing = await runClef(['catalog', 'dump', dump], { CLEF_DATA: join(place.path, 'data') });
  expect(nothing).toMatchObject({ status: 1, stderr: expect.stringContaining('no catalogue') as string });
  expect(nothing.stderr).not.toMatch(/^\s+at /m);
  await expect(stat(dump)).rejects.toThrow('ENOENT');
  const data = join(place.path, 'begun');
  await copyFirstStart(data);
  const invitation = await runClef(['server', 'invite'], { CLEF_DATA: data });
  expect(invitation).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('CLEF_CATALOG') as string,
  });
});
