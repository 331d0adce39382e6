import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

const deviceOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ dev }) => dev,
    () => undefined,
  );

test('a share that is mounted in a folder has a clock of its own, and the folder this machine\u2019s', async (context) => {
  // A mount that is there wherever this runs on Linux; what statfs says of it is given.
  const [outer, inner] = await Promise.all([deviceOf('/dev'), deviceOf('/dev/shm')]);
  context.skip(inner === undefined || outer === inner, 'nothing is mounted at /dev/shm');
  const tree = await openLocalTree('/dev', [], async (path) =>
    String(path).startsWith('/dev/shm') ? 0x6969 : 0xef53,
  );
  expect(await tree.list(Buffer.alloc(0))).toMatchObject({ hasOwnClock: true });
  expect(await tree.list(Buffer.from('shm'))).toMatchObject({ hasOwnClock: false });
});

describeSourceTree('a folder of this machine as a source', () => harness);
