import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServerId } from '../core/index.ts';
import { openWithPassphrase, sealWithPassphrase } from './passphrase-box.ts';
import { generateServerKey, parseServerKey } from './server-key.ts';
import { openServerKey, saveServerKey, type ServerKeyPlace } from './server-key-store.ts';

const SERVER = '00112233445566778899aabbccddeeff' as ServerId;
const PASSPHRASE = 'velvet otter piano gravel lunar';
const nobodyAsks = () => Promise.reject(new Error('nobody should ask for a passphrase'));

describe('the server key at rest', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clef-server-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('comes back from its file as it was made', async () => {
    const place: ServerKeyPlace = { kind: 'file', path: join(folder, 'server.key') };
    const text = await generateServerKey(SERVER);
    await saveServerKey(place, text, nobodyAsks);
    expect((await stat(place.path)).mode & 0o777).toBe(0o600);
    const key = await openServerKey(place, nobodyAsks);
    const made = await parseServerKey(text);
    expect(key).toMatchObject({ serverId: SERVER, recipient: made.recipient });
    expect(key?.signingKey.kid).toBe(made.signingKey.kid);
    expect(key?.identity.privateKey.extractable).toBe(false);
  });

  it('is undefined before the first start', async () => {
    expect(await openServerKey({ kind: 'file', path: join(folder, 'none') }, nobodyAsks)).toBeUndefined();
    expect(
      await openServerKey({ kind: 'passphrase', path: join(folder, 'none') }, nobodyAsks),
    ).toBeUndefined();
  });

  it('is refused where other users may read its file', async () => {
    const place: ServerKeyPlace = { kind: 'file', path: join(folder, 'server.key') };
    await saveServerKey(place, await generateServerKey(SERVER), nobodyAsks);
    await chmod(place.path, 0o644);
    await expect(openServerKey(place, nobodyAsks)).rejects.toMatchObject({ code: 'key-exposed' });
  });

  it('is never overwritten', async () => {
    const place: ServerKeyPlace = { kind: 'file', path: join(folder, 'server.key') };
    await saveServerKey(place, await generateServerKey(SERVER), nobodyAsks);
    const before = await readFile(place.path, 'utf8');
    const again = saveServerKey(place, await generateServerKey(SERVER), nobodyAsks);
    await expect(again).rejects.toMatchObject({ code: 'data-invalid' });
    expect(await readFile(place.path, 'utf8')).toBe(before);
  });

  it('opens with its passphrase and with no other, and shows nothing of itself before', async () => {
    const place: ServerKeyPlace = { kind: 'passphrase', path: join(folder, 'server.key') };
    const text = await generateServerKey(SERVER);
    await saveServerKey(place, text, () => Promise.resolve(PASSPHRASE));
    const file = await readFile(place.path, 'utf8');
    expect(file).not.toContain('clef-server-key');
    expect(file).not.toContain(SERVER);
    expect((await openServerKey(place, () => Promise.resolve(PASSPHRASE)))?.serverId).toBe(SERVER);
    const wrong = openServerKey(place, () => Promise.resolve(`${PASSPHRASE}!`));
    await expect(wrong).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });

  it('refuses a weak passphrase before anything is written', async () => {
    const place: ServerKeyPlace = { kind: 'passphrase', path: join(folder, 'server.key') };
    const saved = saveServerKey(place, await generateServerKey(SERVER), () => Promise.resolve('music123'));
    await expect(saved).rejects.toMatchObject({ code: 'weak-passphrase' });
    expect(await openServerKey(place, nobodyAsks)).toBeUndefined();
  });

  describe('under a passphrase', () => {
    let box: Record<string, string | number>;
    beforeAll(async () => {
      const made = await sealWithPassphrase(await generateServerKey(SERVER), PASSPHRASE);
      box = JSON.parse(made) as typeof box;
    });
    const open = (changed: object) =>
      openWithPassphrase(JSON.stringify(changed), PASSPHRASE, 'the server key');

    it.each(['memoryKib', 'passes', 'parallelism', 'salt', 'nonce', 'sealed'])(
      'does not open once its %s was changed',
      async (field) => {
        const value = box[field];
        const changed =
          typeof value === 'number' ? value - 1 : `${value?.startsWith('A') ? 'B' : 'A'}${value?.slice(1)}`;
        await expect(open({ ...box, [field]: changed })).rejects.toMatchObject({ code: 'wrong-passphrase' });
      },
    );

    it('is refused where it asks for more memory than a machine has, or is cut short', async () => {
      const { sealed, ...rest } = box;
      for (const wrong of [{ ...box, memoryKib: 2 ** 31 }, { ...box, sealed: 'AAAA' }, rest, { sealed }]) {
        await expect(open(wrong)).rejects.toMatchObject({ code: 'data-invalid' });
      }
    });
  });

  it('comes from a systemd credential, and says what to do where there is none', async () => {
    await writeFile(join(folder, 'clef-key'), await generateServerKey(SERVER));
    const place: ServerKeyPlace = { kind: 'credential', directory: folder, name: 'clef-key' };
    expect((await openServerKey(place, nobodyAsks))?.serverId).toBe(SERVER);
    await expect(openServerKey({ ...place, name: 'other' }, nobodyAsks)).rejects.toMatchObject({
      code: 'data-invalid',
      message: expect.stringContaining('systemd-creds') as string,
    });
    await expect(openServerKey({ ...place, directory: undefined }, nobodyAsks)).rejects.toMatchObject({
      code: 'config-invalid',
    });
    for (const name of ['..', '../clef-key', '']) {
      await expect(openServerKey({ ...place, name }, nobodyAsks)).rejects.toMatchObject({
        code: 'config-invalid',
      });
    }
  });

  it.each(['', '{}', '{"format":"clef-server-key"}', 'not json'])('calls %j damaged', async (text) => {
    await expect(parseServerKey(text)).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('refuses keys whose halves do not belong together', async () => {
    const one = JSON.parse(await generateServerKey(SERVER)) as { signingKey: object; decryptionKey: object };
    const two = JSON.parse(await generateServerKey(SERVER)) as {
      signingKey: { x: string };
      decryptionKey: { x: string };
    };
    for (const mixed of [
      { ...one, signingKey: { ...one.signingKey, x: two.signingKey.x } },
      { ...one, decryptionKey: { ...one.decryptionKey, x: two.decryptionKey.x } },
    ]) {
      await expect(parseServerKey(JSON.stringify(mixed))).rejects.toMatchObject({ code: 'data-invalid' });
    }
  });
});
