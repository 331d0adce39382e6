import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { UPLOAD_BLOCK_BYTES } from '../../src/crypto/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { toneWav } from '../support/media-tags.ts';
import { sendPart, sendRest } from '../support/send-upload.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { sameBytes } from '../support/vault.ts';

const PASSWORD = 'correct horse battery staple';
const BLOCK = UPLOAD_BLOCK_BYTES;

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

describe('an upload to a server that is killed', () => {
  it('goes on where it was, plays with the same bytes, and never lay on a disk in the clear', async () => {
    await using place = await temporaryFolder('uploads');
    const music = join(place.path, 'music');
    const data = join(place.path, 'data');
    await mkdir(music);
    await writeFile(join(music, 'there already.wav'), toneWav(0.2, 1, { INAM: 'There already' }));
    const options = { data, folders: [music] };
    const bytes = toneWav(75, 77, { INAM: 'Sent in parts', IART: 'Sender', IPRD: 'Sent' });
    const body = { name: 'sent in parts.wav', lengthBytes: bytes.length, modifiedMs: 1 };
    const id = randomBytes(16).toString('hex');
    const browser = await (async () => {
      await using first = await startClef(options);
      const page = new ApiBrowser(first.baseUrl);
      await page.call(routes.signIn, { body: { username: 'admin', password: PASSWORD } });
      await page.call(routes.beginUpload, { params: { id }, body });
      await sendRest(page, id, bytes.subarray(0, 2 * BLOCK), 0, BLOCK);
      // One more is on its way when the server dies: acknowledged or not, it must not be there twice.
      const cut = sendPart(page, { id, offsetBytes: 2 * BLOCK, bytes: bytes.subarray(2 * BLOCK, 3 * BLOCK) });
      await Promise.all([first.stop('SIGKILL'), cut.catch(() => undefined)]);
      return page;
    })();

    const needle = Buffer.from(bytes.subarray(BLOCK, BLOCK + 64));
    for (const file of await filesBelow(data)) {
      const content = await readFile(file);
      expect(content.includes(needle), file).toBe(false);
      expect(content.includes('sent in parts'), file).toBe(false);
    }
    const partsFile = (await filesBelow(join(data, 'uploads'))).find((file) => file.endsWith('.parts')) ?? '';
    expect((await stat(partsFile)).mode & 0o077).toBe(0);

    await using second = await startClef(options);
    const again = new ApiBrowser(second.baseUrl);
    again.cookie = browser.cookie;
    const { receivedBytes } = await again.call(routes.beginUpload, { params: { id }, body });
    expect([2 * BLOCK, 3 * BLOCK]).toContain(receivedBytes);
    await sendRest(again, id, bytes, receivedBytes, 2 * BLOCK);
    await expect
      .poll(async () => (await again.call(routes.upload, { params: { id } })).outcome, { timeout: 30_000 })
      .toMatchObject({ kind: 'added', title: 'Sent in parts' });
    expect((await filesBelow(join(data, 'uploads'))).filter((file) => file.endsWith('.parts'))).toEqual([]);

    const { outcome } = await again.call(routes.upload, { params: { id } });
    if (outcome?.kind !== 'added' || outcome.trackId === undefined) throw new Error('it was added');
    const client = new SubsonicClient(second.baseUrl, await second.credentials());
    const downloaded = await fetch(client.url('download', { id: outcome.trackId }));
    expect(sameBytes(new Uint8Array(await downloaded.arrayBuffer()), bytes)).toBe(true);
    expect((await again.call(routes.counts, {})).tracks).toBe(2);

    const copy = randomBytes(16).toString('hex');
    await again.call(routes.beginUpload, { params: { id: copy }, body });
    await sendRest(again, copy, bytes, 0, 2 * BLOCK);
    await expect
      .poll(async () => (await again.call(routes.upload, { params: { id: copy } })).outcome, {
        timeout: 30_000,
      })
      .toEqual({ ...outcome, kind: 'duplicate' });
    expect((await again.call(routes.counts, {})).tracks).toBe(2);
  });
});
