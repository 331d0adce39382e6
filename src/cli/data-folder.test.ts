import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LibraryId, ServerId } from '../core/index.ts';
import { adoptIdentity, holdsLibrary, isDataFolderInUse, openDataFolder } from './data-folder.ts';

describe('openDataFolder', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'clef-data-'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const now = () => 1_700_000_000_000;

  it('keeps its identity from one start to the next', async () => {
    const root = join(parent, 'a', 'b');
    const first = await openDataFolder({ root, now });
    expect(first.isNew).toBe(true);
    first[Symbol.dispose]();
    using second = await openDataFolder({ root, now });
    expect(second.isNew).toBe(false);
    expect(second.identity).toEqual(first.identity);
  });

  it('refuses a second server in one sentence, and lets it in once the first has gone', async () => {
    const first = await openDataFolder({ root: parent, now });
    await expect(openDataFolder({ root: parent, now })).rejects.toMatchObject({ code: 'data-in-use' });
    expect(isDataFolderInUse(parent)).toBe(true);
    first[Symbol.dispose]();
    expect(isDataFolderInUse(parent)).toBe(false);
  });

  it('refuses a folder that a newer Clef made, and changes nothing in it', async () => {
    (await openDataFolder({ root: parent, now }))[Symbol.dispose]();
    const file = join(parent, 'clef.json');
    const newer = (await readFile(file, 'utf8')).replace('"format": 1', '"format": 2');
    await writeFile(file, newer);
    await expect(openDataFolder({ root: parent, now })).rejects.toMatchObject({ code: 'data-newer' });
    expect(await readFile(file, 'utf8')).toBe(newer);
    expect(isDataFolderInUse(parent)).toBe(false);
  });

  it('takes a recovered library up until there are keys of another', async () => {
    const libraryId = 'a'.repeat(32) as LibraryId;
    const first = await openDataFolder({ root: parent, now });
    first[Symbol.dispose]();
    const recovered = await openDataFolder({ root: parent, now, libraryId });
    expect(recovered.identity).toEqual({ ...first.identity, libraryId });
    await writeFile(recovered.keyringSeenFile, '{}');
    recovered[Symbol.dispose]();
    const other = await openDataFolder({ root: parent, now, libraryId: 'b'.repeat(32) as LibraryId });
    expect(other.identity.libraryId).toBe(libraryId);
    other[Symbol.dispose]();
  });

  it('holds a library once it has keys of one, and takes up another’s until then', async () => {
    expect(await holdsLibrary(join(parent, 'none'))).toBe(false);
    const first = await openDataFolder({ root: parent, now });
    expect(await holdsLibrary(parent)).toBe(false);
    const adopted = { libraryId: 'a'.repeat(32) as LibraryId, serverId: 'b'.repeat(32) as ServerId };
    await adoptIdentity(first, adopted);
    first[Symbol.dispose]();
    using joined = await openDataFolder({ root: parent, now });
    expect(joined.identity).toEqual({ ...first.identity, ...adopted });
    await writeFile(joined.keyringSeenFile, '{}');
    expect(await holdsLibrary(parent)).toBe(true);
  });

  it('refuses a path that is too long for its sockets, and makes nothing', async () => {
    const root = join(parent, 'x'.repeat(100));
    await expect(openDataFolder({ root, now })).rejects.toMatchObject({ code: 'config-invalid' });
    expect(await readdir(parent)).toEqual([]);
  });

  it('never invents a new identity over a damaged one', async () => {
    await writeFile(join(parent, 'clef.json'), '{');
    await expect(openDataFolder({ root: parent, now })).rejects.toMatchObject({ code: 'data-invalid' });
  });
});
