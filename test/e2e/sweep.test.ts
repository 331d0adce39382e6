import { execFile } from 'node:child_process';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { withCatalogPlace } from '../support/catalog-place.ts';
import { clefBinary, clefEnvironment, runClef, temporaryFolder } from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { copyFirstStart } from '../support/first-start.ts';
import { toneWav } from '../support/wav.ts';

interface Sweep {
  readonly buried: number;
  readonly tombstonedRemoved: number;
}

it('bytes that a new version replaced go after a week without use and a week of grace, and nothing else does', async (context) => {
  const faketime = fileOfPackage('faketime', '/usr/bin/faketime', context);
  await using place = await temporaryFolder('sweep');
  const data = join(place.path, 'data');
  const settings = { CLEF_DATA: data };
  await copyFirstStart(data);
  const music = join(place.path, 'music');
  await mkdir(music);
  const song = join(music, 'song.wav');
  await writeFile(song, toneWav(1));
  await writeFile(join(music, 'other.wav'), toneWav(2));
  await runClef(['import', music], settings);
  await writeFile(song, toneWav(3));
  await utimes(song, new Date(), new Date(Date.now() + 5_000));
  await runClef(['import'], settings);
  // Each song, and its packet table.
  expect(await assetsOn(data)).toBe(6);

  const sweepIn = async (days: number): Promise<Sweep> => {
    const { stdout } = await promisify(execFile)(
      faketime,
      ['-f', `+${days}d`, clefBinary, 'vault', 'sweep', '--json'],
      { env: clefEnvironment(await withCatalogPlace(settings)) },
    );
    return JSON.parse(stdout) as Sweep;
  };
  expect(await sweepIn(1)).toMatchObject({ buried: 0, tombstonedRemoved: 0 });
  expect(await sweepIn(8)).toMatchObject({ buried: 2, tombstonedRemoved: 0 });
  expect(await assetsOn(data)).toBe(6);
  expect(await sweepIn(16)).toMatchObject({ buried: 0, tombstonedRemoved: 2 });
  expect(await assetsOn(data)).toBe(4);
});

async function assetsOn(data: string): Promise<number> {
  const names = await readdir(join(data, 'vault'), { recursive: true });
  return names.filter((name) => /\/[0-9a-f]{32}\.0$/.test(name)).length;
}
