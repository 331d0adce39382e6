import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { folderWithMount } from '../../../test/support/mounted-folder.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { watchFolders } from './folder-hints.ts';

test('a watched folder tells of files and folders, of those that came later too, and of nothing that is no music', async () => {
  await using folder = await temporaryFolder('hints');
  const root = folder.path;
  await mkdir(join(root, 'old/deep'), { recursive: true });
  const stop = new AbortController();
  const hints: string[] = [];
  const watching = Promise.withResolvers<void>();
  const ended = watchFolders(root)({
    onWatching: watching.resolve,
    onHint: (path) => hints.push(path.toString()),
    signal: stop.signal,
  }).catch((error: unknown) => error);
  await watching.promise;
  const told = (path: string): Promise<true> =>
    waitFor(path, async () => hints.includes(path) || undefined, { timeoutMs: 10_000 });

  await writeFile(join(root, 'old/deep/one.mp3'), 'x');
  await told('old/deep/one.mp3');
  await writeFile(join(root, 'notes.txt'), 'x');
  await mkdir(join(root, 'new/below'), { recursive: true });
  await told('new');
  await writeFile(join(root, 'new/below/two.flac'), 'x');
  await waitFor('the file, or its folder', async () =>
    hints.some((path) => path.startsWith('new/below')) || hints.includes('new') ? true : undefined,
  );
  await rename(join(root, 'old'), join(root, 'moved'));
  await told('old');
  await told('moved');
  await writeFile(join(root, 'moved/deep/three.ogg'), 'x');
  await told('moved/deep/three.ogg');
  expect(hints).not.toContain('notes.txt');
  stop.abort(new Error('enough'));
  expect(await ended).toEqual(new Error('enough'));
});

test('a folder that a share is mounted in is not watched, and says why', async (context) => {
  // A mount that is there wherever this runs on Linux; what statfs says of it is given.
  const { folder, mount } = await folderWithMount(context);
  let isWatching = false;
  const watching = watchFolders(folder, async (path) => (String(path).startsWith(mount) ? 0x6969 : 0xef53))({
    onWatching: () => (isWatching = true),
    onHint: () => undefined,
    signal: AbortSignal.timeout(10_000),
  });
  await expect(watching).rejects.toMatchObject({
    code: 'media-unreadable',
    message: expect.stringContaining('mounted (NFS)'),
  });
  expect(isWatching).toBe(false);
});
