import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { EventListener } from '../../../test/support/event-listener.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { toneWav } from '../../../test/support/media-tags.ts';
import { sendPart, sendRest } from '../../../test/support/send-upload.ts';
import { uploadId } from '../../../test/support/upload-world.ts';
import { patternBytes } from '../../../test/support/vault.ts';
import { routes, upload as uploadSchema } from '../../api/index.ts';
import { UPLOAD_BLOCK_BYTES } from '../../crypto/index.ts';

const BLOCK = UPLOAD_BLOCK_BYTES;

function song(seed: number, seconds = 40): Uint8Array {
  return toneWav(seconds, seed, { INAM: `Sent ${seed}`, IART: 'Sender', IPRD: 'Sent album' });
}

describe('uploads over the native API', () => {
  let server: GoldenServer;
  let admin: ApiBrowser;
  let listener: ApiBrowser;
  let count = 0;
  beforeAll(async () => {
    server = await startGoldenServer();
    admin = await signedIn('admin');
    listener = await signedIn('lena');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function signedIn(username: string): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username, password: LOGIN_PASSWORD } });
    return browser;
  }

  async function begin(bytes: Uint8Array, name = 'sent.wav'): Promise<string> {
    const id = uploadId(++count);
    const body = { name, lengthBytes: bytes.length, modifiedMs: 5 };
    await admin.call(routes.beginUpload, { params: { id }, body });
    return id;
  }

  async function ended(id: string) {
    await expect
      .poll(async () => (await admin.call(routes.upload, { params: { id } })).outcome, { timeout: 20_000 })
      .toBeDefined();
    return admin.call(routes.upload, { params: { id } });
  }

  it('come in parts, and end as a track of the library, which the sender is told', async () => {
    await using events = await EventListener.open(admin);
    const bytes = song(1);
    const id = await begin(bytes);
    const first = await sendPart(admin, { id, offsetBytes: 0, bytes: bytes.subarray(0, BLOCK) });
    expect(first.status).toBe(200);
    const answer: unknown = await first.json();
    expect(v.parse(uploadSchema, answer)).toEqual(answer);
    expect(answer).toMatchObject({ id, receivedBytes: BLOCK });
    expect(await admin.call(routes.upload, { params: { id } })).toMatchObject({ receivedBytes: BLOCK });

    expect(await sendRest(admin, id, bytes, BLOCK, BLOCK)).toMatchObject({ receivedBytes: bytes.length });
    const { outcome } = await ended(id);
    expect(outcome).toMatchObject({ kind: 'added', title: 'Sent 1' });
    const { uploads } = await admin.call(routes.uploads, {});
    expect(uploads.find((upload) => upload.id === id)?.outcome).toEqual(outcome);
    for (let event = await events.next(); event; event = await events.next()) {
      if (event.kind !== 'upload-changed') continue;
      expect(event.upload).toMatchObject({ id, outcome });
      break;
    }
    if (outcome?.kind !== 'added' || outcome.trackId === undefined) throw new Error('it was added');
    const album = await admin.call(routes.album, { params: { id: outcome.albumId ?? '' } });
    expect(album.tracks.map(({ title }) => title)).toEqual(['Sent 1']);
  });

  it('of the same bytes again are told as duplicates, of other things as refused', async () => {
    const bytes = song(2, 1);
    const first = await begin(bytes);
    await sendRest(admin, first, bytes, 0, BLOCK);
    const { outcome } = await ended(first);
    const second = await begin(bytes, 'copy.wav');
    await sendRest(admin, second, bytes, 0, BLOCK);
    expect((await ended(second)).outcome).toEqual({ ...outcome, kind: 'duplicate' });
    const text = new TextEncoder().encode('no music at all');
    const third = await begin(text, 'readme.mp3');
    await sendRest(admin, third, text, 0, BLOCK);
    expect((await ended(third)).outcome).toMatchObject({ kind: 'refused', code: 'media-unreadable' });
  });

  it('answer how far they are to whoever begins again, or sends from a wrong place', async () => {
    const bytes = patternBytes(3 * BLOCK);
    const id = await begin(bytes);
    await sendPart(admin, { id, offsetBytes: 0, bytes: bytes.subarray(0, BLOCK) });
    const body = { name: 'sent.wav', lengthBytes: bytes.length, modifiedMs: 5 };
    expect(await admin.call(routes.beginUpload, { params: { id }, body })).toMatchObject({
      receivedBytes: BLOCK,
    });
    const again = await sendPart(admin, { id, offsetBytes: 0, bytes: bytes.subarray(0, BLOCK) });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'upload-conflict' });
  });

  it('keep nothing of a part that was changed on its way, nor of one that is not whole blocks', async () => {
    const bytes = patternBytes(3 * BLOCK);
    const id = await begin(bytes);
    const part = { id, offsetBytes: 0, bytes: bytes.subarray(0, BLOCK) };
    const wrong = `sha-256=:${'A'.repeat(43)}=:`;
    const refusals: readonly [number, string, object][] = [
      [400, 'upload-damaged', { headers: { 'content-digest': wrong } }],
      [400, 'bad-request', { headers: { 'content-digest': 'md5=:AAAA:' } }],
      [400, 'bad-request', { headers: { 'upload-offset': 'x' } }],
      [415, 'bad-request', { headers: { 'content-type': 'text/plain' } }],
      [400, 'bad-request', { bytes: bytes.subarray(0, 1_000) }],
      [413, 'bad-request', { bytes: new Uint8Array(4 * 2 ** 20 + 1) }],
      [404, 'not-found', { id: uploadId(999) }],
    ];
    for (const [status, code, change] of refusals) {
      const response = await sendPart(admin, { ...part, ...change });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
    }
    expect(await admin.call(routes.upload, { params: { id } })).toMatchObject({ receivedBytes: 0 });
  });

  it('are for administrators, from a page of this server, and each for its own account', async () => {
    const bytes = song(3, 1);
    const id = await begin(bytes);
    const body = { name: 'a.wav', lengthBytes: 5, modifiedMs: 5 };
    const denied = { code: 'not-allowed', status: 403 };
    expect(await listener.problem(routes.beginUpload, { params: { id }, body })).toMatchObject(denied);
    expect((await sendPart(listener, { id, offsetBytes: 0, bytes })).status).toBe(403);
    expect(await listener.problem(routes.upload, { params: { id } })).toMatchObject({ status: 404 });
    expect(await listener.problem(routes.removeUpload, { params: { id } })).toMatchObject({ status: 404 });
    expect(await listener.call(routes.uploads, {})).toEqual({ uploads: [] });
    expect(await listener.call(routes.session, {})).toMatchObject({ mayUpload: false });
    expect(await admin.call(routes.session, {})).toMatchObject({ mayUpload: true });

    const stranger = new ApiBrowser(server.baseUrl);
    expect((await sendPart(stranger, { id, offsetBytes: 0, bytes })).status).toBe(401);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    const response = await sendPart(admin, { id, offsetBytes: 0, bytes, headers: foreign });
    expect(await response.json()).toMatchObject({ code: 'foreign-request' });
  });

  it('are cancelled, and then not there', async () => {
    const id = await begin(patternBytes(10));
    await admin.call(routes.removeUpload, { params: { id } });
    expect(await admin.problem(routes.upload, { params: { id } })).toMatchObject({ status: 404 });
  });

  it('have names of files, without folders or control characters', async () => {
    for (const name of ['', ' ', 'a/b.mp3', 'a\\b.mp3', 'a\nb', 'x'.repeat(256)]) {
      const body = { name, lengthBytes: 5, modifiedMs: 5 };
      const problem = await admin.problem(routes.beginUpload, { params: { id: uploadId(500) }, body });
      expect(problem).toMatchObject({ code: 'bad-request' });
    }
  });
});
