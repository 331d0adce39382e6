import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { defaultStateFile, speakerIdentity } from './speaker-identity.ts';

describe('who a speaker is', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file: string;
  beforeEach(async () => {
    folder = await temporaryFolder('identity');
    file = join(folder.path, 'state', 'speaker.json');
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it('is the same after each start, by the name that it was given last', async () => {
    const first = await speakerIdentity(file, 'Kitchen');
    expect(first).toMatchObject({
      name: 'Kitchen',
      instanceId: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/),
    });
    const { instanceId } = first;
    expect(await speakerIdentity(file, undefined)).toMatchObject({ name: 'Kitchen', instanceId });
    expect(await speakerIdentity(file, 'Bath')).toMatchObject({ name: 'Bath', instanceId });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('never numbers two commands alike, however it ended', async () => {
    const first = await speakerIdentity(file, 'Kitchen');
    const numbers = [first.nextNumber(), first.nextNumber()];
    expect(numbers).toEqual([1, 2]);
    expect((await speakerIdentity(file, undefined)).nextNumber()).toBeGreaterThan(1_000);
  });

  it('is not guessed where its file is damaged', async () => {
    await speakerIdentity(file, 'Kitchen');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20));
    await expect(speakerIdentity(file, 'Kitchen')).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('lies in the folder for state of its user', () => {
    expect(defaultStateFile({ XDG_STATE_HOME: '/state' })).toBe('/state/clef/speaker.json');
  });
});
