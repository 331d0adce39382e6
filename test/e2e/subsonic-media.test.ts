import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireId } from '../../src/core/index.ts';
import type { GoldenTrackFile } from '../support/golden-library.ts';
import { type GoldenServer, startGoldenServer } from '../support/golden-server.ts';

let server: GoldenServer;
let track: GoldenTrackFile;
let url: string;

beforeAll(async () => {
  server = await startGoldenServer();
  const [first] = server.library.tracks;
  if (!first) throw new Error('the golden library has tracks');
  track = first;
  url = server.client.url('stream', { id: wireId('tr', track.id) });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Park and Miller's generator: the same ranges at every run. */
function* seeded(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

const same = (received: Uint8Array, expected: Uint8Array) => Buffer.compare(received, expected) === 0;

describe('a stream', () => {
  it('is the original, byte for byte, with its true type and a strong ETag of the asset', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(track.bytes.length),
      'content-type': 'audio/wav',
      etag: `"${track.asset.assetId}"`,
      'last-modified': 'Wed, 04 Mar 2026 05:06:07 GMT',
      'x-content-type-options': 'nosniff',
    });
    expect(same(await response.bytes(), track.bytes)).toBe(true);
  });

  it('gives any part of it', async () => {
    const random = seeded(20_260_304);
    const size = track.bytes.length;
    for (let i = 0; i < 200; i++) {
      const first = Math.floor(random.next().value * size);
      const last = Math.min(size - 1, first + Math.floor(random.next().value ** 4 * size));
      const response = await fetch(url, { headers: { range: `bytes=${first}-${last}` } });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/${size}`);
      expect(same(await response.bytes(), track.bytes.subarray(first, last + 1)), `${first}-${last}`).toBe(
        true,
      );
    }
  });

  it('gives its end, the rest from a point, and nothing beyond', async () => {
    const size = track.bytes.length;
    const ask = (range: string, more: Record<string, string> = {}) =>
      fetch(url, { headers: { range, ...more } });
    expect(same(await (await ask('bytes=-4097')).bytes(), track.bytes.subarray(-4097))).toBe(true);
    expect(same(await (await ask(`bytes=${size - 5}-`)).bytes(), track.bytes.subarray(-5))).toBe(true);
    const beyond = await ask(`bytes=${size}-`);
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${size}`]);
    expect((await ask('bytes=0-9', { 'if-range': `"${track.asset.assetId}"` })).status).toBe(206);
    expect((await ask('bytes=0-9', { 'if-range': '"other"' })).status).toBe(200);
    expect((await fetch(url, { headers: { 'if-none-match': `"${track.asset.assetId}"` } })).status).toBe(304);
  });

  it('answers HEAD with the length alone, and takes format and maxBitRate without heeding them', async () => {
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(track.bytes.length));
    expect(await head.text()).toBe('');
    const wanted = await fetch(`${url}&format=mp3&maxBitRate=128&timeOffset=10&estimateContentLength=true`);
    expect(wanted.headers.get('content-type')).toBe('audio/wav');
    expect(same(await wanted.bytes(), track.bytes)).toBe(true);
  });

  it('answers a posted form too', async () => {
    const { origin, pathname, searchParams } = new URL(url);
    const response = await fetch(origin + pathname, { method: 'POST', body: searchParams });
    expect(same(await response.bytes(), track.bytes)).toBe(true);
  });

  it('tells with a true status of what may be had later', async () => {
    const [node] = server.library.vault.nodes;
    if (!node) throw new Error('the vault has a node');
    node.online = false;
    try {
      const response = await fetch(url);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        'subsonic-response': { status: 'failed', error: { code: 0 } },
      });
    } finally {
      node.online = true;
      server.library.vault.clock.nowMs += 60_000;
    }
  });

  it('is cut short of its length where a stored byte was changed, and never goes on with another', async () => {
    const added = await server.library.add({
      tags: { title: 'To be damaged' },
      bytes: track.bytes.slice(0, 900_000),
      durationMs: 1000,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    const [node] = server.library.vault.nodes;
    for await (const { name } of node?.list('') ?? []) {
      if (!name.includes(added.asset.assetId)) continue;
      node?.tamper(name, (bytes) => {
        bytes[600_000] = (bytes[600_000] ?? 0) ^ 1;
        return bytes;
      });
    }
    const response = await fetch(server.client.url('stream', { id: wireId('tr', added.id) }));
    const received: Uint8Array[] = [];
    await expect(async () => {
      for await (const part of response.body ?? []) received.push(part);
    }).rejects.toThrow();
    const joined = Buffer.concat(received);
    expect(joined.length).toBeLessThan(600_000);
    expect(same(joined, added.bytes.subarray(0, joined.length))).toBe(true);
  });
});

describe('a download', () => {
  it('is offered under the names of artist and title', async () => {
    const response = await fetch(server.client.url('download', { id: wireId('tr', track.id) }));
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="Sigur Ros - S_glopur.wav"; filename*=UTF-8''Sigur%20R%C3%B3s%20-%20S%C3%A6gl%C3%B3pur.wav`,
    );
    expect(same(await response.bytes(), track.bytes)).toBe(true);
  });
});

describe('a cover', () => {
  async function coverOf(id: string, more: Record<string, string> = {}): Promise<Response> {
    return fetch(server.client.url('getCoverArt', { id, ...more }));
  }

  it('comes as it is, or in the size that was asked for', async () => {
    const { song } = await server.client.get('getSong', { id: wireId('tr', track.id) });
    const whole = await coverOf(String(song.coverArt));
    expect(whole.headers.get('content-type')).toBe('image/png');
    expect(whole.headers.get('cache-control')).toContain('immutable');
    expect(await sharp(await whole.bytes()).metadata()).toMatchObject({ width: 700, height: 500 });

    for (const id of [song.coverArt, song.id, song.albumId].map(String)) {
      const small = await coverOf(id, { size: '70' });
      expect(small.headers.get('content-type')).toBe('image/jpeg');
      expect(await sharp(await small.bytes()).metadata()).toMatchObject({ width: 70, height: 50 });
      const again = await fetch(server.client.url('getCoverArt', { id, size: 70 }), {
        headers: { 'if-none-match': small.headers.get('etag') ?? '' },
      });
      expect(again.status).toBe(304);
    }
  });

  it('is drawn for what has none, and the same at every time', async () => {
    const plain = server.library.tracks.find(({ title }) => title === 'Both Of Us');
    const { song } = await server.client.get('getSong', { id: wireId('tr', plain?.id ?? track.id) });
    expect(song).not.toHaveProperty('coverArt');
    const [one, two] = await Promise.all([
      coverOf(String(song.albumId), { size: '64' }),
      coverOf(String(song.albumId), { size: '64' }),
    ]);
    const picture = await one.bytes();
    expect(await sharp(picture).metadata()).toMatchObject({ width: 64, height: 64, format: 'jpeg' });
    expect(same(await two.bytes(), picture)).toBe(true);
  });

  it('is never a way to other assets', async () => {
    const answer = await server.client.call('getCoverArt', { id: `cv-${track.asset.assetId}` });
    expect(answer).toMatchObject({ error: { code: 70 } });
  });
});

describe('an avatar', () => {
  it('is drawn from the name', async () => {
    const response = await fetch(server.client.url('getAvatar', { username: 'lena' }));
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect((await response.bytes()).length).toBeGreaterThan(500);
  });
});
