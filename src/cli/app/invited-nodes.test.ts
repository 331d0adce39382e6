import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LibraryId } from '../../core/index.ts';
import { initDirectoryNode } from '../../vault/nodes/directory.ts';
import type { InvitedNode } from './invitation.ts';
import { findInvited } from './invited-nodes.ts';
import { parseEntry } from './node-registry.ts';

const libraryId = 'a1'.repeat(16) as LibraryId;
let place: string;
let invited: readonly InvitedNode[];
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'clef-invited-'));
  invited = [await made('a'), { ...(await made('b')), domain: 'cellar', weight: 2 }];
});
afterEach(() => rm(place, { recursive: true }));

async function made(name: string, library = libraryId): Promise<InvitedNode> {
  const root = join(place, name);
  await mkdir(root);
  return { id: await initDirectoryNode({ root, random: randomBytes, library }), place: root, use: 'used' };
}

const find = (names: readonly string[], nodes = invited) =>
  findInvited({
    entries: names.map((name) => parseEntry(join(place, name))),
    invited: nodes,
    libraryId,
    known: [],
  });

test('nodes are known again wherever this machine has them, with what is said of them elsewhere', async () => {
  await rename(join(place, 'b'), join(place, 'elsewhere'));
  expect((await find(['a', 'elsewhere'])).map(({ record }) => record)).toEqual([
    { id: invited[0]?.id, place: join(place, 'a'), use: 'used' },
    { id: invited[1]?.id, place: join(place, 'elsewhere'), use: 'used', domain: 'cellar', weight: 2 },
  ]);
});

test('a node that is away goes by the name of its place, and nothing is written there', async () => {
  await rm(join(place, 'b'), { recursive: true });
  await mkdir(join(place, 'b'));
  expect((await find(['a', 'b'])).map(({ record }) => record.id)).toEqual(invited.map(({ id }) => id));
  expect(await readdir(join(place, 'b'))).toEqual([]);
});

test('a place that shows no node, and is none by name, is refused', async () => {
  await mkdir(join(place, 'empty'));
  await expect(find(['a', 'b', 'empty'])).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('1 of its places'),
  });
  expect(await readdir(join(place, 'empty'))).toEqual([]);
});

test('a node of the library that is left out is named', async () => {
  await expect(find(['a'])).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(invited[1]?.id.slice(0, 8) ?? ''),
  });
});

test('one that was removed may be left out, and is not used where it is named', async () => {
  const [a, b] = invited;
  if (!a || !b) throw new Error('two nodes were made');
  const nodes = [a, { ...b, use: 'removed' as const }];
  const removed = { id: b.id, place: b.place, use: 'removed' };
  for (const names of [['a'], ['a', 'b']])
    expect((await find(names, nodes))[1]?.record).toMatchObject(removed);
});

test('nodes of another library, and those that the invitation does not know, are refused', async () => {
  await made('foreign', 'b2'.repeat(16) as LibraryId);
  await expect(find(['a', 'b', 'foreign'])).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('b2b2'),
  });
  const { id } = await made('new');
  await expect(find(['a', 'b', 'new'])).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(`does not know node ${id}`),
  });
});

test('where nobody answers it says so', async () => {
  for (const name of ['a', 'b']) await rm(join(place, name), { recursive: true });
  await expect(find(['a', 'b'])).rejects.toMatchObject({ code: 'vault-too-few-nodes' });
});
