import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GoldenServer, startGoldenServer } from '../../test/support/golden-server.ts';
import { patternBytes, sourceOf } from '../../test/support/vault.ts';
import { wireId } from '../core/index.ts';

const TOKEN = 'a-token-of-more-than-16-characters';

/** A path as it is, which `fetch` would tidy up. */
function ask(server: GoldenServer, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(server.baseUrl + path, init);
}

describe('a server', () => {
  let server: GoldenServer;
  beforeAll(async () => {
    server = await startGoldenServer({ metricsToken: TOKEN });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  afterEach(() => {
    server.ready.missing = [];
  });

  it('says that it lives, and whether it is ready', async () => {
    expect(await (await ask(server, '/livez')).json()).toEqual({ status: 'alive' });
    expect((await ask(server, '/readyz')).status).toBe(200);
    server.ready.missing = ['catalogue'];
    const waiting = await ask(server, '/readyz');
    expect(waiting.status).toBe(503);
    expect(waiting.headers.get('retry-after')).toBe('5');
    expect(await waiting.json()).toEqual({ status: 'not ready', missing: ['catalogue'] });
    expect((await ask(server, '/livez', { method: 'HEAD' })).status).toBe(200);
  });

  it('greets whoever opens its address in a browser, and lets the page load nothing', async () => {
    const response = await ask(server, '/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    expect(await response.text()).toContain(`<code>${server.baseUrl}</code>`);
  });

  it('protects every answer from being taken for something else', async () => {
    for (const path of ['/', '/livez', '/nothing', '/rest/ping']) {
      const { headers } = await ask(server, path);
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(headers.get('x-request-id'), path).toMatch(/^\w+-\w+$/);
    }
  });

  it('calls a request as a trusted proxy does, and as nobody else does', async () => {
    await using behind = await startGoldenServer({ trustedProxies: ['loopback'] });
    const idOf = async (on: GoldenServer, id: string, more: Record<string, string> = {}) =>
      (await ask(on, '/nothing', { headers: { 'x-request-id': id, ...more } })).headers.get('x-request-id');
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    const id = 'a3f1-ffff0000ffff0000ffff0000';
    expect(await idOf(behind, id, forwarded)).toBe(id);
    expect(behind.log.join('')).toContain(`"reqId":"${id}"`);
    expect(await idOf(behind, id)).not.toBe(id);
    expect(await idOf(server, id, forwarded)).not.toBe(id);
    for (const malformed of ['short', 'x'.repeat(65), 'with a space in it', 'with"quotes"in-it'])
      expect(await idOf(behind, malformed, forwarded)).toMatch(/^\w+-\w+$/);
  });

  it('tells of what is not there in its own form', async () => {
    const response = await ask(server, '/nothing');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ code: 'not-found', message: 'nothing is at this address' });
  });

  it('refuses what is too long or no form, in the form that players understand', async () => {
    const failure = (code: number) => ({ 'subsonic-response': { status: 'failed', error: { code } } });
    const tooLong = await ask(server, `/rest/ping?f=json&x=${'x'.repeat(65_536)}`);
    expect(tooLong.status).toBe(414);
    expect(await tooLong.json()).toMatchObject(failure(0));
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const tooMuch = await ask(server, '/rest/ping?f=json', {
      method: 'POST',
      headers: form,
      body: `x=${'x'.repeat(2 ** 21)}`,
    });
    expect(tooMuch.status).toBe(413);
    expect(await tooMuch.json()).toMatchObject(failure(0));
    const noForm = await ask(server, '/rest/ping?f=json', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(noForm.status).toBe(415);
    expect(await noForm.json()).toMatchObject(failure(0));
  });

  it('takes a form of many thousand tracks', async () => {
    const id = wireId('tr', server.library.tracks[0]?.id ?? (0 as never));
    const { origin, pathname, search } = new URL(server.client.url('savePlayQueue'));
    const form = new URLSearchParams([
      ...new URLSearchParams(search),
      ...Array.from({ length: 10_000 }, (): [string, string] => ['id', id]),
    ]);
    const response = await fetch(origin + pathname, { method: 'POST', body: form });
    expect(await response.json()).toMatchObject({ 'subsonic-response': { status: 'ok' } });
  });

  it('streams a finished rendition to who asks for its format, and else the original', async () => {
    const { library, client } = server;
    const track = library.tracks[2];
    if (!track) throw new Error('the golden library has more tracks');
    const bytes = patternBytes(5_000, 77);
    const sealed = await library.seal({
      kind: 'rendition',
      lengthBytes: bytes.length,
      plaintext: sourceOf(bytes),
      birth: {},
    });
    const asset = { ...sealed, mediaType: 'audio/flac', createdAtMs: 0 };
    await library.catalog.addCompanion({ parentId: track.asset.assetId, kind: 'flac', asset });
    const heard = async (method: string, format?: string) => {
      const id = wireId('tr', track.id);
      const response = await fetch(client.url(method, { id, ...(format && { format }) }));
      return { type: response.headers.get('content-type'), bytes: await response.bytes() };
    };
    const original = { type: 'audio/wav', bytes: track.bytes };
    expect(await heard('stream', 'flac')).toEqual({ type: 'audio/flac', bytes });
    for (const format of [undefined, 'raw', 'opus', 'mp3'])
      expect(await heard('stream', format)).toEqual(original);
    expect(await heard('download', 'flac')).toEqual(original);
  });

  it('logs what was asked for, and never a password, token, salt, key or path', async () => {
    server.log.length = 0;
    const { username, password } = server.adminLogin;
    const secrets = [
      'hunter2-secret',
      '26719a1196d2a940705a59634eb18eab',
      'pepper-salt',
      'key-secret',
      password,
    ];
    await ask(server, `/rest/ping?u=${username}&p=${password}&v=1&c=x&f=json`);
    await ask(server, '/rest/ping?u=ann&p=hunter2-secret&v=1&c=x');
    await ask(server, '/rest/ping?u=ann&t=26719a1196d2a940705a59634eb18eab&s=pepper-salt&v=1&c=x');
    await ask(server, '/rest/hunter2-secret?apiKey=key-secret');
    await ask(server, '/hunter2-secret?apiKey=key-secret');
    await ask(server, '/rest/%zz?p=hunter2-secret');
    await ask(server, '/rest/ping', { method: 'POST', body: new URLSearchParams({ p: 'hunter2-secret' }) });
    await (
      await fetch(
        server.client.url('stream', { id: wireId('tr', server.library.tracks[1]?.id ?? (0 as never)) }),
      )
    ).bytes();
    const text = server.log.join('');
    for (const secret of secrets) expect(text).not.toContain(secret);
    const lines = server.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ route: 'rest/ping', status: 200, msg: 'answered' }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ route: 'rest/unknown', status: 404 }));
    expect(lines).toContainEqual(
      expect.objectContaining({ route: 'rest/stream', msg: 'sent media', complete: true, sentBytes: 1001 }),
    );
  });

  describe('shows its figures', () => {
    it('to its own machine, in the form that Prometheus reads', async () => {
      await ask(server, '/livez');
      const response = await ask(server, '/metrics');
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const text = await response.text();
      expect(text).toMatch(/^clef_http_requests_total\{route="\/livez",status="2xx"\} \d+$/m);
      expect(text).toMatch(/^clef_http_request_duration_seconds_bucket\{le="\+Inf"\} \d+$/m);
      expect(text).toMatch(/^clef_test 7$/m);
      expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
      for (const line of text.split('\n'))
        expect(line).toMatch(/^(?:|# (?:HELP|TYPE) \w+ .+|\w+(?:\{.*\})? [-+\d.eInf]+|\w+(?:\{.*\})? Nan)$/i);
    });

    it('to no one for whom an unknown proxy speaks', async () => {
      for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
        const response = await ask(server, '/metrics', { headers: { [header]: '127.0.0.1' } });
        expect(response.status, header).toBe(403);
      }
    });

    it('to the bearer of the token, from anywhere', async () => {
      const ask403 = (authorization: string) =>
        ask(server, '/metrics', { headers: { authorization, 'x-forwarded-for': '203.0.113.9' } });
      expect((await ask403(`Bearer ${TOKEN}`)).status).toBe(200);
      expect((await ask403(`Bearer ${TOKEN}x`)).status).toBe(403);
      const wrong = await ask(server, '/metrics', { headers: { authorization: 'Bearer wrong' } });
      expect(wrong.status).toBe(403);
    });
  });
});

describe('a server behind a proxy that is trusted', () => {
  let server: GoldenServer;
  beforeAll(async () => {
    server = await startGoldenServer({
      baseUrl: 'https://music.example.org/clef',
      trustedProxies: ['loopback'],
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('answers under its sub-path, and to probes at its root', async () => {
    expect(server.baseUrl).toMatch(/\/clef$/);
    expect(await server.client.get('ping')).toMatchObject({ status: 'ok' });
    expect(await (await ask(server, '/')).text()).toContain('<code>https://music.example.org/clef</code>');
    expect((await ask(server, '')).status).toBe(200);
    const { origin } = new URL(server.baseUrl);
    expect((await fetch(`${origin}/readyz`)).status).toBe(200);
    expect((await fetch(`${origin}/rest/ping`)).status).toBe(404);
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
  });

  it('sees the client that the proxy tells of', async () => {
    const metrics = (address: string) => ask(server, '/metrics', { headers: { 'x-forwarded-for': address } });
    expect((await metrics('203.0.113.9')).status).toBe(403);
    expect((await metrics('127.0.0.1, 203.0.113.9')).status).toBe(403);
    expect((await metrics('127.0.0.1')).status).toBe(200);
  });
});

describe('a server that closes', () => {
  const SIZE = 24 * 2 ** 20;

  /** A client that has asked for a long track and not yet read any of it. */
  async function startListening(server: GoldenServer): Promise<Socket> {
    const added = await server.library.add({
      tags: { title: 'Long' },
      bytes: patternBytes(SIZE),
      durationMs: 1000,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    const url = new URL(server.client.url('stream', { id: wireId('tr', added.id) }));
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => {});
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    return socket;
  }

  async function readAll(socket: Socket): Promise<number> {
    let receivedBytes = 0;
    for await (const part of socket) receivedBytes += (part as Buffer).length;
    return receivedBytes;
  }

  it('lets a running stream end, and says that it is not ready meanwhile', async () => {
    await using server = await startGoldenServer({ drainMs: 60_000 });
    const socket = await startListening(server);
    server.http.beginDrain();
    const waiting = await ask(server, '/readyz');
    expect(await waiting.json()).toEqual({ status: 'not ready', missing: ['shutting down'] });
    const closed = server.http.close();
    expect(await readAll(socket)).toBeGreaterThan(SIZE);
    await closed;
    await expect(ask(server, '/livez')).rejects.toThrow();
  });

  it('cuts a stream that goes on for too long', async () => {
    await using server = await startGoldenServer({ drainMs: 20 });
    const socket = await startListening(server);
    await server.http.close();
    expect(await readAll(socket).catch(() => 0)).toBeLessThan(SIZE);
  });
});
