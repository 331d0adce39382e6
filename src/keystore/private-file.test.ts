import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

describe('a private file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clef-private-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refuse = { what: 'the key file', exposed: 'refuse' } as const;

  it('is readable by its owner only, and leaves nothing beside it', async () => {
    await writePrivateFile(join(folder, 'key'), 'secret', { existing: 'refuse' });
    expect((await stat(join(folder, 'key'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['key']);
    expect(await readPrivateFile(join(folder, 'key'), refuse)).toBe('secret');
  });

  it('is not written over another unless that is wanted', async () => {
    const path = join(folder, 'key');
    await writePrivateFile(path, 'first', { existing: 'refuse' });
    await expect(writePrivateFile(path, 'second', { existing: 'refuse' })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(await readPrivateFile(path, refuse)).toBe('first');
    await writePrivateFile(path, 'third', { existing: 'replace' });
    expect(await readPrivateFile(path, refuse)).toBe('third');
    expect(await readdir(folder)).toEqual(['key']);
  });

  it.each([0o644, 0o640, 0o660, 0o602])(
    'is refused with the mode %o, in words that help and name no path',
    async (mode) => {
      const path = join(folder, 'key');
      await writeFile(path, 'secret');
      await chmod(path, mode);
      const error = await readPrivateFile(path, refuse).catch((caught: Error) => caught);
      expect(error).toMatchObject({
        code: 'key-exposed',
        message: expect.stringContaining('chmod 600') as string,
      });
      expect((error as Error).message).toContain(mode.toString(8));
      expect((error as Error).message).not.toContain(folder);
    },
  );

  it('is absent, not an error, where there is none', async () => {
    expect(await readPrivateFile(join(folder, 'key'), refuse)).toBeUndefined();
  });

  it('is refused where it is far too large for a key', async () => {
    await writeFile(join(folder, 'key'), new Uint8Array(2 << 20), { mode: 0o600 });
    await expect(readPrivateFile(join(folder, 'key'), refuse)).rejects.toMatchObject({
      code: 'data-invalid',
    });
  });
});
