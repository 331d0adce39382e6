import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GoldenServer, startGoldenServer } from '../../../test/support/golden-server.ts';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { httpRequest } from '../node-http.ts';
import { readWebFiles } from './web-files.ts';

const PAGE = '<!doctype html><html><head><base href="/"><title>Player</title></head><body></body></html>';
const SCRIPT = 'console.log("played");'.repeat(50);
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

async function builtFolder() {
  const folder = await temporaryFolder('web');
  await mkdir(join(folder.path, 'assets'));
  await writeFile(join(folder.path, 'index.html'), PAGE);
  await writeFile(join(folder.path, 'sw.js'), 'self');
  const script = join(folder.path, 'assets', 'index-abc.js');
  await writeFile(script, SCRIPT);
  await writeFile(`${script}.br`, brotliCompressSync(SCRIPT));
  await writeFile(`${script}.gz`, gzipSync(SCRIPT));
  return folder;
}

/** As it is sent: `fetch` would tidy the path and decode the body. */
function askRaw(url: string, path: string, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: object;
    length: number;
  }>();
  const { hostname, port } = new URL(url);
  httpRequest({ hostname, port, path, headers }, (response) => {
    let length = 0;
    response.on('data', (piece: Buffer) => (length += piece.length));
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, length }),
    );
  })
    .on('error', reject)
    .end();
  return promise;
}

describe('the web player on its server', () => {
  let server: GoldenServer;
  let folder: Awaited<ReturnType<typeof builtFolder>>;
  beforeAll(async () => {
    folder = await builtFolder();
    server = await startGoldenServer({ webFolder: folder.path, baseUrl: 'https://music.example.org/clef' });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const ask = (path: string, headers: Record<string, string> = HTML, method = 'GET') =>
    fetch(server.baseUrl + path, { headers, method });

  it('is the page at its base path and at every deep link, and knows where it lives', async () => {
    for (const path of ['', '/', '/albums/al-1', '/search?q=x', '/index.html', '/a/b/c.d']) {
      const response = await ask(path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<base href="/clef/">');
    }
    expect((await ask('/albums/al-1', HTML, 'HEAD')).status).toBe(200);
  });

  it('may run its own code and nothing else, alone in its process', async () => {
    for (const path of ['/', '/assets/index-abc.js']) {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  it('may speak to the gateways that the server names, and to nobody else', async () => {
    const policyOf = async (url: string) =>
      (await fetch(url, { headers: HTML })).headers.get('content-security-policy');
    expect(await policyOf(server.baseUrl)).toMatch(/connect-src 'self'$/);
    const gatewaySockets = ['wss://one.example.org/socket', 'wss://two.example.org/socket'];
    await using other = await startGoldenServer({ webFolder: folder.path, gatewaySockets });
    expect(await policyOf(other.baseUrl)).toMatch(
      /connect-src 'self' wss:\/\/one.example.org\/socket wss:\/\/two.example.org\/socket$/,
    );
  });

  it('has files that a browser keeps for ever where their name tells what is in them', async () => {
    const script = await ask('/assets/index-abc.js', { accept: '*/*' });
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await script.text()).toBe(SCRIPT);
    const worker = await ask('/sw.js', { accept: '*/*' });
    expect(worker.headers.get('cache-control')).toBe('no-cache');
    const etag = worker.headers.get('etag') ?? '';
    expect((await ask('/sw.js', { 'if-none-match': etag })).status).toBe(304);
  });

  it('sends the smallest copy that the browser takes', async () => {
    const path = '/clef/assets/index-abc.js';
    const sizes: Record<string, number> = {};
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['br;q=0.0', undefined],
      ['brotli', undefined],
    ] as const) {
      const { headers, length } = await askRaw(server.baseUrl, path, { 'accept-encoding': accepted });
      expect(headers, accepted).toMatchObject({ vary: 'accept-encoding' });
      expect((headers as Record<string, string>)['content-encoding'], accepted).toBe(encoding);
      sizes[encoding ?? 'plain'] = length;
    }
    expect(sizes['plain']).toBe(SCRIPT.length);
    expect(sizes['br']).toBeLessThan(SCRIPT.length / 2);
  });

  it('is no answer to what a page loads or a program asks', async () => {
    expect((await ask('/assets/gone.js', { accept: '*/*' })).status).toBe(404);
    expect((await ask('/nothing', { accept: 'application/json' })).status).toBe(404);
    expect((await ask('/api/v1/nothing')).headers.get('content-type')).toContain('problem+json');
    expect((await ask('/livez')).headers.get('content-type')).toContain('json');
    expect((await ask('/albums', HTML, 'POST')).status).toBe(404);
  });

  it('shows nothing outside of its folder', async () => {
    for (const path of [
      '/clef/../../etc/passwd',
      '/clef/%2e%2e/%2e%2e/etc/passwd',
      '/clef/assets/..%2f..%2fx',
    ]) {
      expect((await askRaw(server.baseUrl, path, { accept: '*/*' })).status, path).toBe(404);
    }
  });
});

describe('a server without a built player', () => {
  it('greets with the page that tells how to connect one', async () => {
    await using server = await startGoldenServer({ webFolder: '/nowhere' });
    expect(await (await fetch(server.baseUrl)).text()).toContain('Connect a player');
    expect((await fetch(`${server.baseUrl}/albums`, { headers: HTML })).status).toBe(404);
  });
});

const BUILT = join(import.meta.dirname, '../../../build/web');

describe.skipIf(!existsSync(join(BUILT, 'index.html')))('the player that was built', () => {
  it('names the digest of every script and style that its page loads', async () => {
    const web = await readWebFiles(BUILT, '');
    const page = web?.index.bytes.toString() ?? '';
    const loads = [...page.matchAll(/<(?:script|link)\b[^>]*>/g)]
      .map(([tag]) => tag)
      .filter((tag) => /^<script|rel="(?:stylesheet|modulepreload)"/.test(tag));
    expect(loads.length).toBeGreaterThan(1);
    for (const tag of loads) {
      const path = /(?:src|href)="\.\/([^"]+)"/.exec(tag)?.[1] ?? tag;
      const bytes = web?.files.get(path)?.bytes ?? Buffer.alloc(0);
      const digest = createHash('sha256').update(bytes).digest('base64');
      expect(tag, path).toContain(`integrity="sha256-${digest}"`);
    }
    expect(page).not.toMatch(/<style|<script>|\son\w+=|style="/);
  });
});
