import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { type GoldenServer, startGoldenServer } from '../../../test/support/golden-server.ts';
import { patternBytes } from '../../../test/support/vault.ts';
import { openDoor } from '../../../test/support/worker-door.ts';
import { ClefError, concatBytes, equalBytes, fromHex, wireId } from '../../core/index.ts';
import type { SentMedia } from '../media-counter.ts';
import { createMediaWorker, type MediaWorker } from './media-worker.ts';

const SECRET = 'a secret of this start';
const TOKEN = 'a-token-of-more-than-16-characters';

/** A golden server with one worker in front, in the same process: what it asks and sends goes over real sockets. */
interface Fronted extends AsyncDisposable {
  readonly server: GoldenServer;
  readonly worker: MediaWorker;
  readonly socketPath: string;
  /** Where the worker answers. */
  readonly baseUrl: string;
  closeDoor(): void;
  readonly sent: SentMedia[];
  /** `goneFrom`: a layout of which the columns vanish after some bytes, which `onGone` is told of. */
  readonly faults: { reading?: Error; key?: Error; goneFrom?: string; onGone?: () => Promise<void> };
}

const keyOf = (assetId: string) => concatBytes(fromHex(assetId), fromHex(assetId));

async function startFronted(settings: Parameters<typeof startGoldenServer>[0] = {}): Promise<Fronted> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('worker'));
  const server = stack.use(await startGoldenServer({ metricsToken: TOKEN, ...settings }));
  const socketPath = join(folder.path, 'media.sock');
  const faults: Fronted['faults'] = {};
  await server.http.listenForWorkers({
    path: socketPath,
    secret: SECRET,
    async trackKey({ assetId }) {
      if (faults.key) throw faults.key;
      return keyOf(assetId);
    },
  });
  const sent: SentMedia[] = [];
  const { media } = server.library;
  const worker = createMediaWorker({
    socketPath,
    secret: SECRET,
    reader: {
      async *read(asset, trackKey, range, signal) {
        if (faults.reading) throw faults.reading;
        if (!equalBytes(trackKey, keyOf(asset.assetId))) throw new Error('the key of another asset');
        if (faults.goneFrom === undefined) {
          yield* media.read(asset, range, signal);
          return;
        }
        // The bytes lie where they lay, whatever the layout is called.
        const whole = { ...asset, layoutId: faults.goneFrom as typeof asset.layoutId };
        const isGone = asset.layoutId === faults.goneFrom;
        const endBytes = isGone ? range.startBytes + 1_000 : range.endBytes;
        yield* media.read(whole, { ...range, endBytes }, signal);
        if (isGone) await faults.onGone?.();
        if (isGone) throw new ClefError('vault-asset-lost', 'the columns are gone');
      },
      readColumn: (asset, column, range, signal) => media.readColumn(asset, column, range, signal),
      release: (piece) => media.release(piece),
    },
    counter: {
      opened: () => server.http.counter.opened(),
      closed: (one) => {
        sent.push(one);
        server.http.counter.closed(one);
      },
    },
  });
  stack.defer(() => worker.drain(0));
  const door = await openDoor(worker);
  stack.defer(() => door.close());
  const owned = stack.move();
  return {
    server,
    worker,
    socketPath,
    baseUrl: `http://127.0.0.1:${door.port}`,
    closeDoor: () => door.close(),
    sent,
    faults,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everything that comes back for bytes as they are. */
async function exchange(baseUrl: string, text: string, from = '127.0.0.1'): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  socket.write(text);
  return received(socket);
}

async function received(socket: Socket): Promise<string> {
  let text = '';
  for await (const piece of socket.setEncoding('latin1')) text += piece;
  return text;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Unlike `fetch`, from an address of choice and with any header. */
async function ask(
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string; from?: string } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, from } = init;
  const asked = httpRequest(url, { method, headers, agent: false, ...(from && { localAddress: from }) });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)),
  };
}

/** What may differ between two answers to one question. */
function comparable({ status, headers, body }: Answer) {
  const { date: _, 'x-request-id': id, ...rest } = headers;
  return { status, headers: { ...rest, hasId: id !== undefined }, body: body.toString('latin1') };
}

describe('a media worker', () => {
  let fronted: Fronted;
  beforeAll(async () => {
    fronted = await startFronted();
  });
  afterAll(() => fronted[Symbol.asyncDispose]());
  afterEach(() => {
    delete fronted.faults.reading;
    delete fronted.faults.key;
    delete fronted.faults.goneFrom;
    delete fronted.faults.onGone;
    fronted.sent.length = 0;
  });

  /** The same call at the main server and at the worker. */
  function bothUrls(method: string, parameters: Record<string, string> = {}): [string, string] {
    const direct = fronted.server.client.url(method, parameters);
    return [direct, direct.replace(fronted.server.baseUrl, fronted.baseUrl)];
  }

  async function askBoth(
    method: string,
    parameters: Record<string, string>,
    init: Parameters<typeof ask>[1],
  ) {
    const [direct, through] = bothUrls(method, parameters);
    return [comparable(await ask(direct, init)), comparable(await ask(through, init))] as const;
  }

  function trackId(): string {
    return wireId('tr', fronted.server.library.tracks[0]?.id as never);
  }

  it('gives the answers of the main server, head and body, to calls of every kind', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const calls: [string, Record<string, string>, Parameters<typeof ask>[1]][] = [
      ['ping', {}, {}],
      ['ping.view', { f: 'xml' }, {}],
      ['getArtists', { f: 'jsonp', callback: 'heard' }, {}],
      ['search3', { query: '' }, {}],
      ['ping', {}, { method: 'HEAD' }],
      ['ping', {}, { method: 'OPTIONS' }],
      ['ping', {}, { method: 'POST', headers: form, body: 'f=xml' }],
      ['ping', {}, { method: 'POST', headers: form, body: `f=xml&x=${'y'.repeat(500_000)}` }],
      ['ping', {}, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }],
      ['ping', {}, { method: 'PUT', headers: form, body: 'f=xml' }],
      ['getCoverArt', { id: 'al-zz', size: '64' }, {}],
      ['nothing', {}, {}],
      ['stream', { id: 'tr-zzz' }, {}],
      ['ping', { x: 'x'.repeat(66_000) }, {}],
    ];
    for (const [method, parameters, init] of calls) {
      const [direct, through] = await askBoth(method, parameters, init);
      expect(through, `${init?.method ?? 'GET'} ${method}`).toEqual(direct);
    }
    expect(fronted.sent).toEqual([]);
  });

  it('goes on in the new layout where an asset was dealt out anew meanwhile', async () => {
    const { bytes, asset } = fronted.server.library.tracks[0] ?? {};
    const stored = asset && (await fronted.server.library.catalog.asset(asset.assetId));
    if (!bytes || !stored) throw new Error('the golden library has tracks');
    const { assetId, layoutId, columnNodes } = stored;
    fronted.faults.goneFrom = layoutId;
    const [, through] = bothUrls('download', { id: trackId() });
    const cut = await ask(through).catch(() => undefined);
    expect(cut).toBeUndefined();

    const { catalog } = fronted.server.library;
    const anew = 'a'.repeat(32) as typeof layoutId;
    const switchTo = async (from: typeof layoutId, to: typeof layoutId): Promise<void> => {
      const copies = columnNodes.flatMap((nodeId, column) =>
        nodeId ? { assetId, layoutId: to, column, nodeId } : [],
      );
      await catalog.claimColumns(copies, 'test');
      expect(await catalog.switchLayout(assetId, from, { ...stored, layoutId: to }, 'test')).toBe(true);
    };
    let told = 0;
    fronted.faults.onGone = async () => {
      told++;
      await switchTo(layoutId, anew);
    };
    const { body } = await ask(through, { headers: { range: 'bytes=10-' } });
    expect(told).toBe(1);
    expect(equalBytes(body, bytes.subarray(10))).toBe(true);
    await switchTo(anew, layoutId);
  });

  it('sends media itself, with the head and the bytes that the main server would send', async () => {
    const { bytes, asset } = fronted.server.library.tracks[0] ?? {};
    if (!bytes || !asset) throw new Error('the golden library has tracks');
    const inits: Parameters<typeof ask>[1][] = [
      {},
      { headers: { range: 'bytes=0-0' } },
      { headers: { range: `bytes=${bytes.length - 7}-` } },
      { headers: { range: 'bytes=-70000' } },
      { headers: { range: 'bytes=65530-131080' } },
      { headers: { range: `bytes=${bytes.length}-` } },
      { headers: { range: 'bytes=5-9', 'if-range': `"${asset.assetId}"` } },
      { headers: { range: 'bytes=5-9', 'if-range': '"other"' } },
      { headers: { 'if-none-match': `"${asset.assetId}"` } },
      { headers: { 'if-match': '"other"' } },
      { method: 'HEAD' },
    ];
    for (const [at, init] of inits.entries()) {
      const [direct, through] = await askBoth('stream', { id: trackId() }, init);
      expect(through, `case ${at}`).toEqual(direct);
      expect(fronted.sent).toHaveLength(at + 1);
    }
    const whole = await ask(bothUrls('stream', { id: trackId() })[1]);
    expect(Buffer.compare(whole.body, bytes)).toBe(0);
    const [direct, through] = await askBoth('download', { id: trackId() }, {});
    expect(through).toEqual(direct);
    expect(through.headers['content-disposition']).toMatch(/^attachment/);
  });

  it('never shows a client what it shares with the main process', async () => {
    for (const method of ['ping', 'stream']) {
      const [, through] = bothUrls(method, { id: trackId() });
      const { pathname, search } = new URL(through);
      const text = await exchange(
        fronted.baseUrl,
        `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      const head = text.slice(0, text.indexOf('\r\n\r\n'));
      expect(head).toMatch(/^HTTP\/1\.1 200 OK/);
      expect(head).not.toMatch(/x-clef-/i);
      expect(text).not.toContain(SECRET);
    }
  });

  it('tells what it sent, and the main process counts and logs it once', async () => {
    const { log } = fronted.server;
    log.length = 0;
    const { headers, body } = await ask(bothUrls('stream', { id: trackId() })[1]);
    await expect.poll(() => fronted.sent).toHaveLength(1);
    const id = headers['x-request-id'];
    expect(fronted.sent[0]).toMatchObject({
      requestId: id,
      route: 'rest/stream',
      method: 'GET',
      outcome: { kind: 'complete', status: 200, sentBytes: body.length },
    });
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ reqId }) => reqId === id)).toMatchObject([
      { msg: 'sent media', route: 'rest/stream', status: 200, sentBytes: body.length, complete: true },
    ]);
    const metrics = await ask(`${fronted.baseUrl}/metrics`);
    expect(metrics.body.toString()).toMatch(/clef_http_open_streams 0/);
  });

  it('answers a fault before the first byte in the words of the interface', async () => {
    const { ClefError } = await import('../../core/index.ts');
    fronted.faults.reading = new ClefError('node-io', 'a disk hiccups');
    const passing = await ask(bothUrls('stream', { id: trackId() })[1]);
    expect(passing.status).toBe(503);
    expect(JSON.parse(passing.body.toString())).toMatchObject({
      'subsonic-response': { status: 'failed', error: { code: 0 } },
    });
    fronted.faults.reading = new ClefError('decryption-failed', 'no');
    expect((await ask(bothUrls('stream', { id: trackId() })[1])).status).toBe(500);
    expect(fronted.sent.map(({ outcome }) => outcome.kind)).toEqual(['failed', 'failed']);
    delete fronted.faults.reading;
    fronted.faults.key = new ClefError('keyring-rejected', 'the keyring lacks epoch 9');
    const noKey = await ask(bothUrls('stream', { id: trackId() })[1]);
    expect(noKey.status).toBe(500);
    expect(noKey.body.toString()).toContain('epoch 9');
  });

  it('lets no body pass for a request of its own', async () => {
    const [, through] = bothUrls('ping');
    const { pathname, search } = new URL(through);
    const inner = 'GET /rest/getUser HTTP/1.1\r\nHost: x\r\n\r\n';
    const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    for (const header of ['Transfer-Encoding: chunked', `Content-Length: ${inner.length}`]) {
      const body = header.startsWith('Transfer') ? chunk : inner;
      const text = await exchange(
        fronted.baseUrl,
        `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n${body}`,
      );
      expect(text.match(/HTTP\/1\.1/g), header).toHaveLength(1);
    }
    const both = await exchange(
      fronted.baseUrl,
      `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(both).toMatch(/^HTTP\/1\.1 400/);
  });

  it('answers a wish to upgrade as the plain request that it is, and refuses to be a tunnel', async () => {
    const upgrade = await ask(`${fronted.baseUrl}/livez`, {
      headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x'.repeat(10_000) },
    });
    expect(upgrade.status).toBe(200);
    const tunnel = await exchange(fronted.baseUrl, 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(tunnel).not.toMatch(/ 200 /);
  });

  it('refuses heads that are too long or none', async () => {
    const long = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(90_000)}\r\n\r\n`;
    expect(await exchange(fronted.baseUrl, long)).toMatch(/^HTTP\/1\.1 431/);
    expect(await exchange(fronted.baseUrl, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
  });

  it('stops reading when its client goes away', async () => {
    const big = await fronted.server.library.add({
      tags: { title: 'long' },
      bytes: patternBytes(24 * 2 ** 20),
      durationMs: 1,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    const [, through] = bothUrls('stream', { id: wireId('tr', big.id) });
    const { port, pathname, search } = new URL(through);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => fronted.sent[0]?.outcome.kind).toBe('disconnected');
    expect(fronted.sent[0]?.outcome.sentBytes).toBeLessThan(big.bytes.length);
  });
});

describe('the main server', () => {
  it('answers nobody on the socket of the workers who does not know the secret', async () => {
    await using fronted = await startFronted();
    for (const headers of [{}, { 'x-clef-worker': 'guess', 'x-clef-client': '127.0.0.1' }]) {
      const asked = httpRequest({ socketPath: fronted.socketPath, path: '/livez', headers });
      asked.end();
      await expect(once(asked, 'response')).rejects.toThrow(/hang up|ECONNRESET/);
    }
  });

  it('gives no ticket to a client, whatever it says', async () => {
    await using fronted = await startFronted();
    const { server } = fronted;
    const track = server.library.tracks[0];
    const url = server.client.url('stream', { id: wireId('tr', track?.id as never) });
    const headers = { 'x-clef-worker': SECRET, 'x-clef-client': '10.1.2.3', 'x-clef-ticket': 'mine' };
    for (const address of [url, url.replace(server.baseUrl, fronted.baseUrl)]) {
      const answer = await ask(address, { headers });
      expect(answer.headers['x-clef-ticket']).toBeUndefined();
      expect(answer.body.length).toBe(track?.bytes.length);
    }
  });

  it("knows a worker's client by its own address, so that one who guesses does not lock out others", async () => {
    await using fronted = await startFronted();
    const wrong = `${fronted.baseUrl}/rest/ping?u=admin&p=wrong&v=1&c=x&f=json`;
    const codeFrom = async (from: string): Promise<number> => {
      const { status, body } = await ask(wrong, { from });
      const { error } = JSON.parse(body.toString())['subsonic-response'];
      return status === 429 ? 429 : error.message.includes('too many') ? 429 : error.code;
    };
    let code = 40;
    for (let i = 0; i < 40 && code === 40; i++) code = await codeFrom('127.0.0.2');
    expect(code).not.toBe(40);
    expect(await codeFrom('127.77.0.3')).toBe(40);
  });

  it('believes proxies in front of a worker as it believes those in front of itself', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    await using trusting = await startFronted({ trustedProxies: ['loopback'] });
    expect((await ask(`${trusting.baseUrl}/metrics`)).status).toBe(200);
    // A stranger behind a proxy that is trusted is no loopback.
    expect((await ask(`${trusting.baseUrl}/metrics`, { headers: forwarded })).status).toBe(403);
    await using wary = await startFronted();
    expect((await ask(`${wary.baseUrl}/metrics`)).status).toBe(200);
    expect((await ask(`${wary.baseUrl}/metrics`, { headers: forwarded })).status).toBe(403);
  });

  it('has its workers end idle connections at once when they are to stop', async () => {
    await using fronted = await startFronted();
    const { hostname, port } = new URL(fronted.baseUrl);
    const kept = connect(Number(port), hostname);
    kept.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(kept, 'data');
    fronted.closeDoor();
    await fronted.worker.drain(60_000);
    await once(kept, 'close');
  });

  it('lets a worker finish what it sends while both are closing', async () => {
    await using fronted = await startFronted();
    const big = await fronted.server.library.add({
      tags: { title: 'long' },
      bytes: patternBytes(24 * 2 ** 20),
      durationMs: 1,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    const url = fronted.server.client.url('stream', { id: wireId('tr', big.id) });
    const asked = httpRequest(url.replace(fronted.server.baseUrl, fronted.baseUrl), { agent: false });
    asked.end();
    const [response] = await once(asked, 'response');
    fronted.closeDoor();
    const draining = Promise.all([fronted.worker.drain(60_000), fronted.server.http.close()]);
    const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>));
    expect(Buffer.compare(body, big.bytes)).toBe(0);
    await draining;
  });
});

describe('a media worker without its main process', () => {
  it('says that the server is not there', async () => {
    await using folder = await temporaryFolder('worker');
    const worker = createMediaWorker({
      socketPath: join(folder.path, 'nobody.sock'),
      secret: SECRET,
      reader: {
        // oxlint-disable-next-line require-yield -- nothing is ever asked of it
        async *read() {
          throw new Error('nothing to read');
        },
        readColumn: () => (async function* none() {})(),
        release: () => undefined,
      },
      counter: { opened: () => undefined, closed: () => undefined },
    });
    const door = await openDoor(worker);
    const answer = await ask(`http://127.0.0.1:${door.port}/livez`);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    await worker.drain(0);
    door.close();
  });

  it('cuts what it cannot forward whole', async () => {
    await using folder = await temporaryFolder('worker');
    const socketPath = join(folder.path, 'main.sock');
    const main = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    main.listen(socketPath);
    await once(main, 'listening');
    const worker = createMediaWorker({
      socketPath,
      secret: SECRET,
      reader: {
        read: () => (async function* none() {})(),
        readColumn: () => (async function* none() {})(),
        release: () => undefined,
      },
      counter: { opened: () => undefined, closed: () => undefined },
    });
    const door = await openDoor(worker);
    await expect(ask(`http://127.0.0.1:${door.port}/`)).rejects.toThrow(/aborted|ECONNRESET/);
    await worker.drain(0);
    door.close();
    main.close();
  });
});
