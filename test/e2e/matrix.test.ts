import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { columnFiles, libraryIdOf, namedColumns, nodeFolders } from '../support/matrix-world.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { toneWav } from '../support/wav.ts';
import { importOf } from '../proof/tools.ts';

it('a running server gives up a disk for another, and deals its music out anew, while it plays', async () => {
  await using place = await temporaryFolder('matrix');
  const music = join(place.path, 'music');
  await mkdir(music);
  const sources = [1, 2].map((seconds) => Buffer.from(toneWav(seconds)));
  for (const [i, source] of sources.entries()) await writeFile(join(music, `song ${i}.wav`), source);
  const placeOf = (name: string): string => `${join(place.path, name)}#domain=${name}`;
  const data = join(place.path, 'data');
  await using server = await startClef({
    data,
    folders: [music],
    // With a worker, which has to learn of the nodes too.
    settings: { CLEF_NODES: ['a', 'b', 'c'].map(placeOf).join(','), CLEF_POLICY: '2+1', CLEF_WORKERS: '1' },
  });
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  const songs = await importOf(client, sources.length);
  const played = async (): Promise<string[]> => {
    const all: string[] = [];
    for (const { id } of songs) {
      const answer = await fetch(client.url('download', { id: String(id) }));
      all.push(Buffer.from(await answer.arrayBuffer()).toString('latin1'));
    }
    return all.sort();
  };
  const wanted = sources.map((source) => source.toString('latin1')).sort();
  const clef = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runClef(['vault', ...args], server.settings);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };

  const refusal = async (...args: string[]): Promise<string> =>
    (await runClef(['vault', 'node', ...args], server.settings)).stderr;
  expect(await refusal('drain', join(place.path, 'a'))).toMatch(/policy 2\+1 needs 3 nodes .* 2 in 2/);
  await clef('node', 'add', placeOf('d'));
  expect(await refusal('remove', join(place.path, 'a'))).toContain('still takes columns');
  await clef('node', 'drain', join(place.path, 'a'));
  expect(await refusal('drain', join(place.path, 'b'))).toContain('--force');
  await clef('node', 'drain', join(place.path, 'b'), '--force');
  // Though it were empty: without either of them nothing could be imported.
  expect(await refusal('remove', join(place.path, 'a'))).toContain('2 in 2');
  await clef('node', 'add', placeOf('b'));
  const refused = await runClef(['vault', 'node', 'remove', join(place.path, 'a')], server.settings);
  expect(refused.stderr).toContain('drain');
  expect(await clef('rebalance', '--dry-run')).toMatch(/would move/);
  expect(JSON.parse(await clef('rebalance', '--json'))).toMatchObject({ waitingColumns: 0 });
  await clef('node', 'remove', join(place.path, 'a'));
  const folders = await nodeFolders(['a', 'b', 'c', 'd'].map((name) => join(place.path, name)));
  expect((await columnFiles(folders)).filter(({ path }) => path.startsWith(join(place.path, 'a/')))).toEqual(
    [],
  );
  expect(await played()).toEqual(wanted);

  expect(JSON.parse(await clef('policy', 'set', '1+1', '--json'))).toMatchObject({
    waiting: 0,
    overruled: '2+1',
  });
  expect(await played()).toEqual(wanted);
  await server.stop();
  const { named, claims, policies } = namedColumns(data, await libraryIdOf(data));
  expect([...policies]).toEqual(['1+1']);
  expect(claims).toBe(0);
  expect((await columnFiles(folders)).map(({ node, name }) => `${node} ${name}`).sort()).toEqual(
    [...named].sort(),
  );
}, 120_000);
