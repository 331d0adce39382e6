import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LibraryId } from '../../core/index.ts';
import type { KitNode } from '../../keystore/index.ts';
import { parseConfig } from '../config/config.ts';
import { openDataFolder } from '../data-folder.ts';
import { mountNodes } from './nodes.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'clef-nodes-'));
});
afterEach(() => rm(place, { recursive: true }));

const now = () => 1_700_000_000_000;

/** Starts and stops on one data folder; tells which nodes were there. */
async function mount(
  data: string,
  names: readonly string[],
  options: { readonly libraryId?: LibraryId; readonly kit?: readonly KitNode[] } = {},
) {
  const config = parseConfig({
    env: { CLEF_NODES: names.map((name) => `${join(place, name)}#domain=${name}`).join(',') },
  });
  const { libraryId } = options;
  using folder = await openDataFolder({ root: join(place, data), now, ...(libraryId && { libraryId }) });
  const { nodes, places } = await mountNodes(config, folder, now, options.kit);
  const reachable = nodes.reachable().map(({ id }) => id);
  await nodes[Symbol.asyncDispose]();
  return { places, reachable, libraryId: folder.identity.libraryId };
}

test("a new data folder is refused on another library's nodes, and marks none of them", async () => {
  await mount('data', ['a', 'b']);
  const before = await readFile(join(place, 'a', 'clef-node.json'), 'utf8');
  await mkdir(join(place, 'new'));
  await expect(mount('other', ['new', 'a', 'b'])).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('clef vault recover'),
  });
  expect(await readdir(join(place, 'new'))).toEqual([]);
  expect(await readFile(join(place, 'a', 'clef-node.json'), 'utf8')).toBe(before);
});

test('after such a refusal the library can still be recovered into that folder', async () => {
  const { libraryId, places } = await mount('data', ['a']);
  await expect(mount('other', ['a'])).rejects.toMatchObject({ code: 'config-invalid' });
  expect((await mount('other', ['a'], { libraryId })).places).toEqual(places);
});

test('a recovery takes a node of the kit that does not show for one that is away', async () => {
  const { libraryId, places } = await mount('data', ['a', 'b']);
  await rm(join(place, 'b'), { recursive: true });
  await mkdir(join(place, 'b'));
  const recovered = await mount('new', ['a', 'b'], { libraryId, kit: places });
  expect(recovered.places).toEqual(places);
  expect(recovered.reachable).toEqual([places[0]?.id]);
  expect(await readdir(join(place, 'b'))).toEqual([]);
});

test('what a killed upload left does not keep a folder from becoming a node', async () => {
  await mkdir(join(place, 'a', '.tmp-uploads'), { recursive: true });
  await mkdir(join(place, 'a', 'lost+found'));
  expect((await mount('data', ['a'])).reachable).toHaveLength(1);
});

test('a folder with other things in it becomes no node', async () => {
  await mkdir(join(place, 'a', 'photos'), { recursive: true });
  await expect(mount('data', ['a'])).rejects.toMatchObject({ code: 'config-invalid' });
});
