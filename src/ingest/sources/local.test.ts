import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeSourceTree, type TreeHarness } from '../../../test/contracts/source-tree.ts';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { folderWithMount } from '../../../test/support/mounted-folder.ts';
import { openLocalTree } from './local.ts';

let harness: TreeHarness;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  const { path: root } = stack.use(await temporaryFolder('tree'));
  harness = {
    tree: await openLocalTree(root, []),
    async put(path, bytes) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), bytes);
    },
    remove: (path) => rm(join(root, path), { recursive: true }),
    makeFolder: async (path) => void (await mkdir(join(root, path), { recursive: true })),
  };
});
afterAll(() => stack.disposeAsync());

test('a share that is mounted in a folder has a clock of its own, and the folder this machine\u2019s', async (context) => {
  // A mount that is there wherever this runs on Linux; what statfs says of it is given.
  const { folder, mount } = await folderWithMount(context);
  const tree = await openLocalTree(folder, [], async (path) =>
    String(path).startsWith(mount) ? 0x6969 : 0xef53,
  );
  expect(await tree.list(Buffer.alloc(0))).toMatchObject({ hasOwnClock: true });
  expect(await tree.list(Buffer.from('shm'))).toMatchObject({ hasOwnClock: false });
});

describeSourceTree('a folder of this machine as a source', () => harness);
