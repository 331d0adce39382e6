import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBrowser } from '../../../test/support/api-browser.ts';
import { freePort, temporaryFolder } from '../../../test/support/clef-process.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../../../test/support/golden-server.ts';
import { openssl } from '../../../test/support/openssl.ts';
import { type Edge, LUA_MODULE, serversAt, startEdge } from '../../../test/support/start-edge.ts';
import { columnPath, routes, verifiedChunkPath } from '../../api/index.ts';
import { type TrackId, wireId } from '../../core/index.ts';

const EC = { name: 'ECDH', namedCurve: 'P-256' } as const;

describe.skipIf(isAbsent(LUA_MODULE))('an edge of NGINX', () => {
  const stack = new AsyncDisposableStack();
  let clef: GoldenServer;
  let edge: Edge;
  let lena: ApiBrowser;
  beforeAll(async () => {
    clef = stack.use(await startGoldenServer({ trustedProxies: ['loopback'] }));
    edge = stack.use(await startEdge(serversAt([clef.baseUrl])));
    lena = new ApiBrowser(edge.baseUrl);
    await lena.call(routes.signIn, { body: { username: 'lena', password: LOGIN_PASSWORD } });
  });
  afterAll(() => stack.disposeAsync());

  async function play() {
    const track = clef.library.tracks.find(({ bytes }) => bytes.length < 10_000);
    if (!track) throw new Error('the golden library has no short track');
    const { publicKey } = await crypto.subtle.generateKey(EC, true, ['deriveBits']);
    const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
    const key = { kty: 'EC', crv: 'P-256', x, y } as const;
    const device = await lena.call(routes.addDevice, { body: { name: 'a browser', publicKey: key } });
    const body = { trackId: wireId('tr', track.id), deviceId: device.id, decodable: ['pcm' as const] };
    const answer = await lena.call(routes.play, { body });
    if (answer.kind !== 'ready') throw new Error('it is not ready');
    return answer;
  }

  /** What it says to bytes that no client library sends. */
  async function say(text: string): Promise<string> {
    const socket = connect(Number(new URL(edge.baseUrl).port), '127.0.0.1').setEncoding('latin1');
    let said = '';
    socket.on('data', (part: string) => (said += part));
    socket.write(text);
    await Promise.race([once(socket, 'close'), new Promise((resolve) => setTimeout(resolve, 1_000))]);
    socket.destroy();
    return said;
  }

  const statusesIn = (said: string) =>
    Array.from(said.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => Number(status));

  it('keeps sealed bytes, each range by itself, and gives them to whoever may have them', async () => {
    const { audio, ticket } = await play();
    const path = edge.baseUrl + columnPath(audio, 0);
    const direct = clef.baseUrl + columnPath(audio, 0);
    const ask = (url: string, range: string, authorization = `Ticket ${ticket}`) =>
      fetch(url, { headers: { range, authorization } });
    for (const range of ['bytes=0-99', 'bytes=50-149', 'bytes=0-99', 'bytes=50-149', 'bytes=-10']) {
      const [given, expected] = [await ask(path, range), await ask(direct, range)];
      expect([given.status, given.headers.get('content-range')]).toEqual([
        206,
        expected.headers.get('content-range'),
      ]);
      expect(Buffer.compare(await given.bytes(), await expected.bytes())).toBe(0);
    }
    for (const wrong of ['Ticket forged', '', `Ticket ${ticket}x`])
      expect((await ask(path, 'bytes=0-99', wrong)).status).toBe(401);
    const beyond = await ask(path, 'bytes=999999999-');
    expect(beyond.status).toBe(416);
    const wrongColumn = await fetch(edge.baseUrl + columnPath(audio, 9), {
      headers: { authorization: `Ticket ${ticket}` },
    });
    expect(wrongColumn.status).toBe(404);
    expect(
      (
        await fetch(edge.baseUrl + verifiedChunkPath(audio, 0), {
          headers: { authorization: `Ticket ${ticket}` },
        })
      ).status,
    ).toBe(200);
    await expect.poll(() => edge.accessLog()).toContain('/v/v1/');
    const lines = (await edge.accessLog())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { path: string; cache: string });
    const sealed = lines.filter((line) => line.path.startsWith('/c/v1/')).map(({ cache }) => cache);
    expect(sealed.slice(0, 5)).toEqual(['MISS', 'MISS', 'HIT', 'HIT', 'MISS']);
  });

  it('passes on pages, calls, events and changes', async () => {
    expect((await lena.fetch('/api/v1/counts')).status).toBe(200);
    const { id } = await lena.call(routes.createPlaylist, { body: { name: 'Over the edge', trackIds: [] } });
    expect(
      (await lena.fetch(`/api/v1/playlists/${id}`, { method: 'DELETE', headers: { 'x-clef-request': '1' } }))
        .status,
    ).toBe(204);
    const events = await lena.fetch('/api/v1/events');
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    const first = await events.body?.getReader().read();
    expect(first?.done).toBe(false);
    await events.body?.cancel().catch(() => undefined);
    const socket = new WebSocket(`${edge.baseUrl.replace('http', 'ws')}/api/v1/playback/socket`);
    await once(socket, 'open');
    socket.close();
  });

  it('asks for a change once, also where players do so by GET', async () => {
    await using servers = new AsyncDisposableStack();
    let asked = 0;
    /** Dies with each request in hand. */
    const startFalling = async () => {
      const server = createServer((_request, response) => {
        asked++;
        response.destroy();
      }).listen(0, '127.0.0.1');
      servers.defer(() => void server.close());
      await once(server, 'listening');
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const falling = servers.use(
      await startEdge(serversAt([await startFalling(), await startFalling()]), {
        change: (text) => text.replaceAll('max_fails=2', 'max_fails=0'),
      }),
    );
    for (const [method, path, times] of [
      ['GET', '/rest/getPlaylists', 2],
      ['GET', '/api/v1/playlists', 2],
      ['GET', '/rest/createPlaylist?name=x', 1],
      ['GET', '/rest/updatePlaylist.view?playlistId=pl-1&songIdToAdd=tr-1', 1],
      ['HEAD', '/rest/deletePlaylist?id=pl-1', 1],
      ['GET', '/rest/scrobble?id=tr-1', 1],
      ['POST', '/rest/createPlaylist', 1],
      ['DELETE', '/api/v1/playlists/pl-1', 1],
    ] as const) {
      asked = 0;
      const { status } = await fetch(falling.baseUrl + path, { method });
      expect([method, path, status, asked]).toEqual([method, path, 502, times]);
    }
  });

  it('shows nothing that is not for outside', async () => {
    for (const path of [
      '/metrics',
      '/p/v1',
      '/p/v1/',
      '//p/v1',
      '/%70/v1',
      '/x/../metrics',
      '/clef-admission',
      'http://localhost/metrics',
      'http://elsewhere/p/v1',
    ])
      expect([
        path,
        statusesIn(await say(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)),
      ]).toEqual([path, [404]]);
  });

  it('takes nothing that could mean two things', async () => {
    const smuggled = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const post = (headers: string, body: string) =>
      say(`POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`);
    for (const [headers, body] of [
      ['Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`],
      ['Content-Length: 5\r\nContent-Length: 6', `12345${smuggled}`],
      ['Transfer-Encoding: xchunked', smuggled],
      ['Transfer-Encoding: chunked', `zz\r\n${smuggled}`],
    ] as const) {
      const statuses = statusesIn(await post(headers, body));
      expect([headers, statuses[0]]).toEqual([
        headers,
        expect.toSatisfy((status: number) => status === 400 || status === 501),
      ]);
      expect(statuses).toHaveLength(1);
    }
    const large = await say(
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(200_000)}\r\n\r\n`,
    );
    expect(statusesIn(large)).toEqual([400]);
  });

  it.each([
    { trustedProxies: ['127.0.0.0/8'], heard: ['203.0.113.9', 'https'] },
    { trustedProxies: ['10.0.0.1'], heard: ['127.0.0.1', 'http'] },
    { trustedProxies: [], heard: ['127.0.0.1', 'http'] },
  ])('believes of who asks what $trustedProxies say', async ({ trustedProxies, heard }) => {
    const asked: unknown[] = [];
    const listening = createServer((request, response) => {
      asked.push([request.headers['x-forwarded-for'], request.headers['x-forwarded-proto']]);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    try {
      await using behind = await startEdge(serversAt([`http://127.0.0.1:${port}`]), { trustedProxies });
      const headers = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9', 'x-forwarded-proto': 'https' };
      for (const path of ['/livez', '/rest/stream?id=tr-1', '/c/v1/x'])
        await fetch(behind.baseUrl + path, { headers });
      expect(asked.length).toBeGreaterThanOrEqual(3);
      for (const told of asked) expect(told).toEqual(heard);
    } finally {
      listening.close();
    }
  });

  it('speaks TLS 1.2 and 1.3, HTTP/2, and sends plain HTTP there', async () => {
    await using folder = await temporaryFolder('edge-tls');
    const [certificate, key] = [join(folder.path, 'edge.pem'), join(folder.path, 'edge.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl(['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', certificate]);
    const redirectFrom = `127.0.0.1:${await freePort()}`;
    const tls = { certificate, key, redirectFrom };
    await using secure = await startEdge(serversAt([clef.baseUrl]), { tls });
    const ca = await readFile(certificate, 'utf8');
    const { port } = new URL(secure.baseUrl);
    const speaks = async (version: SecureVersion) => {
      const socket = connectTls({
        port: Number(port),
        ca,
        servername: 'localhost',
        minVersion: version,
        maxVersion: version,
      });
      const outcome = await Promise.race([once(socket, 'secureConnect'), once(socket, 'error')]).then(
        () => socket.authorized,
        () => false,
      );
      socket.destroy();
      return outcome;
    };
    expect([await speaks('TLSv1.1'), await speaks('TLSv1.2'), await speaks('TLSv1.3')]).toEqual([
      false,
      true,
      true,
    ]);
    const session = connectHttp2(`https://localhost:${port}`, {
      ca,
      lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const [track] = clef.library.tracks;
    const { pathname, search } = new URL(
      clef.client.url('stream', { id: wireId('tr', track?.id as TrackId) }),
    );
    const stream = session.request({ ':path': pathname + search });
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk as Uint8Array);
    session.close();
    expect(Buffer.compare(Buffer.concat(chunks), track?.bytes as Uint8Array)).toBe(0);
    const plain = await fetch(`http://${redirectFrom}/albums?x=1`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, 'https://localhost/albums?x=1']);
  });

  it('logs no query, no cookie and no ticket', async () => {
    await fetch(`${edge.baseUrl}/rest/ping?u=lena&p=S3cretPassword&v=1.16.1&c=test`);
    await expect.poll(() => edge.accessLog()).toContain('/rest/ping');
    const said = (await edge.accessLog()) + (await edge.errorLog());
    for (const secret of ['S3cretPassword', lena.cookie?.split('=')[1] ?? '', 'Ticket '])
      expect(said).not.toContain(secret);
  });
});
