import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describeSourceTree, type TreeHarness } from '../../../test/contracts/source-tree.ts';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
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

describeSourceTree('a folder of this machine as a source', () => harness);
