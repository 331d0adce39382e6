import { expect, test } from 'vitest';
import { whyUnheard } from './mode.ts';

// No file system can be mounted here: `npm run proof -- mounts` has the whole list.
test.each([
  ['CIFS', 0xff53_4d42],
  ['NFS', 0x6969],
  ['FUSE', 0x6573_5546],
] as const)('a folder on %s hears of no changes that others make', async (name, type) => {
  expect(await whyUnheard('/music', async () => type)).toContain(name);
});

test('a folder on a disk of this machine does, and one that cannot be asked is watched', async () => {
  expect(await whyUnheard('/music', async () => 0xef53)).toBeUndefined();
  expect(await whyUnheard('/music', () => Promise.reject(new Error('no such folder')))).toBeUndefined();
});
