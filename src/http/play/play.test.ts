import { compactDecrypt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { columnPath, type ReadyToPlay, routes, verifiedChunkPath } from '../../api/index.ts';
import { fromBase64Url, fromUtf8, wireId } from '../../core/index.ts';
import { openAssetCipher, parseAssetHeader } from '../../crypto/index.ts';

const EC = { name: 'ECDH', namedCurve: 'P-256' } as const;

describe('playing on a device', () => {
  let server: GoldenServer;
  let lena: ApiBrowser;
  let device: { readonly id: string; readonly privateKey: CryptoKey };
  beforeAll(async () => {
    server = await startGoldenServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    lena = await signedIn('lena');
    device = await newDevice(lena);
  });

  async function signedIn(username: string): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username, password: LOGIN_PASSWORD } });
    return browser;
  }

  async function newDevice(browser: ApiBrowser) {
    const { publicKey, privateKey } = await crypto.subtle.generateKey(EC, true, ['deriveBits']);
    const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
    const body = { name: 'a browser', publicKey: { kty: 'EC', crv: 'P-256', x, y } } as const;
    return { id: (await browser.call(routes.addDevice, { body })).id, privateKey };
  }

  function song() {
    const track = server.library.tracks.find(({ bytes }) => bytes.length < 10_000);
    if (!track) throw new Error('the golden library has no short track');
    return track;
  }

  function bodyFor(deviceId: string) {
    return { trackId: wireId('tr', song().id), deviceId, decodable: ['pcm' as const] };
  }

  async function play(): Promise<ReadyToPlay> {
    const answer = await lena.call(routes.play, { body: bodyFor(device.id) });
    if (answer.kind !== 'ready') throw new Error('it is not ready');
    return answer;
  }

  function fetchSealed(path: string, ticket: string | undefined, headers: Record<string, string> = {}) {
    const authorization: Record<string, string> =
      ticket === undefined ? {} : { authorization: `Ticket ${ticket}` };
    return fetch(server.baseUrl + path, { headers: { ...authorization, ...headers } });
  }

  it('gets what opens the track, and nothing that does for another device', async () => {
    const { keys, audio, firstChunk } = await play();
    const { plaintext, protectedHeader } = await compactDecrypt(keys, device.privateKey);
    expect(protectedHeader).toMatchObject({
      library: audio.libraryId,
      asset: audio.assetId,
      device: device.id,
    });
    const key = fromBase64Url((JSON.parse(fromUtf8(plaintext)) as { audio: string }).audio);
    const cipher = await openAssetCipher(key, parseAssetHeader(fromBase64Url(audio.header)));
    const opened = await cipher.openChunk(0, fromBase64Url(firstChunk));
    expect(Buffer.compare(opened.subarray(0, audio.lengthBytes), song().bytes)).toBe(0);
    const other = await newDevice(lena);
    await expect(compactDecrypt(keys, other.privateKey)).rejects.toThrow();
  });

  it('is for devices of one’s own account that were not revoked', async () => {
    const admin = await signedIn('admin');
    const body = bodyFor(device.id);
    expect(await admin.problem(routes.play, { body })).toMatchObject({ code: 'device-refused', status: 403 });
    await lena.call(routes.revokeDevice, { params: { id: device.id } });
    expect(await lena.problem(routes.play, { body })).toMatchObject({ code: 'device-refused' });
    const unknown = { ...bodyFor((await newDevice(lena)).id), trackId: 'tr-zzzzzz' };
    expect(await lena.problem(routes.play, { body: unknown })).toMatchObject({ code: 'not-found' });
  });

  it('asks to come again while nothing that the device decodes is there', async () => {
    const body = { ...bodyFor(device.id), decodable: ['opus' as const] };
    expect(await lena.call(routes.play, { body })).toMatchObject({ kind: 'preparing' });
  });

  it('fetches sealed columns by range, which any cache may keep', async () => {
    const { audio, ticket, firstChunk } = await play();
    const path = columnPath(audio, 0);
    const whole = await fetchSealed(path, ticket);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(whole.headers.get('etag')).toBe(`"${audio.layoutId}.0"`);
    expect(whole.headers.get('vary')).toBeNull();
    expect(whole.headers.get('access-control-allow-origin')).toBeNull();
    expect(whole.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const bytes = await whole.bytes();
    expect(Buffer.compare(bytes, fromBase64Url(firstChunk))).toBe(0);
    const part = await fetchSealed(path, ticket, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 10-19/${bytes.length}`);
    expect(Buffer.compare(await part.bytes(), bytes.subarray(10, 20))).toBe(0);
    const beyond = await fetchSealed(path, ticket, { range: `bytes=${bytes.length}-` });
    expect(beyond.status).toBe(416);
    const head = await fetch(server.baseUrl + path, {
      method: 'HEAD',
      headers: { authorization: `Ticket ${ticket}` },
    });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    for (const wrong of [columnPath(audio, 1), `${path}0`, `${path}/`.replace('/0/', '/00')]) {
      expect((await fetchSealed(wrong, ticket)).status, wrong).toBe(404);
    }
  });

  it('fetches verified chunks, which nobody keeps', async () => {
    const { audio, ticket, firstChunk } = await play();
    const answer = await fetchSealed(verifiedChunkPath(audio, 0), ticket);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Buffer.compare(await answer.bytes(), fromBase64Url(firstChunk))).toBe(0);
    expect((await fetchSealed(verifiedChunkPath(audio, 99), ticket)).status).toBe(416);
  });

  it('refuses sealed bytes without a ticket, with a late or a forged one, and with that for another song', async () => {
    const { audio, ticket } = await play();
    const other = server.library.tracks.find(({ asset }) => asset.assetId !== audio.assetId)?.asset;
    const paths = [columnPath(audio, 0), verifiedChunkPath(audio, 0)];
    for (const path of paths) {
      for (const wrong of [undefined, 'x', `${ticket.slice(0, -2)}AA`, ticket.replace('.', 'A.')]) {
        const answer = await fetchSealed(path, wrong);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toBe('Ticket');
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect(await answer.json()).toMatchObject({ code: 'ticket-refused', retryable: false });
      }
    }
    const { assetId = '', layoutId = '' } = other ?? {};
    expect((await fetchSealed(columnPath({ assetId, layoutId }, 0), ticket)).status).toBe(401);
    expect((await fetchSealed(verifiedChunkPath({ assetId }, 0), ticket)).status).toBe(401);
    server.clock.nowMs += 600_000;
    for (const path of paths) expect((await fetchSealed(path, ticket)).status).toBe(401);
  });

  it('ends with the device, and with the session, on every route and at once', async () => {
    for (const end of [
      () => lena.call(routes.revokeDevice, { params: { id: device.id } }),
      () => lena.call(routes.signOut, {}),
    ]) {
      lena = await signedIn('lena');
      device = await newDevice(lena);
      const { audio, ticket } = await play();
      const paths = [columnPath(audio, 0), verifiedChunkPath(audio, 0)];
      for (const path of paths) expect((await fetchSealed(path, ticket)).status).toBe(200);
      await end();
      for (const path of paths) expect((await fetchSealed(path, ticket)).status).toBe(401);
    }
  });

  it('answers a lost column with a problem that says to go the other way', async () => {
    const { audio, ticket } = await play();
    const [node] = server.library.vault.nodes;
    const name = [audio.libraryId, audio.assetId.slice(0, 2), audio.assetId.slice(2, 4), audio.assetId];
    await node?.delete(`${name.join('/')}/${audio.layoutId}.0`);
    const answer = await fetchSealed(columnPath(audio, 0), ticket);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toMatchObject({ code: 'vault-column-lost', retryable: true });
  });
});
