import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAbsent } from '../../../test/support/debian.ts';
import { type FailingServer, type Fault, startFailingServer } from '../../../test/support/failing-server.ts';
import type { GoldenTrackFile } from '../../../test/support/golden-library.ts';
import { type GoldenServer, startGoldenServer } from '../../../test/support/golden-server.ts';
import { type Edge, LUA_MODULE, serversAt, startEdge } from '../../../test/support/start-edge.ts';
import { wireId } from '../../core/index.ts';

const PIECE_BYTES = 262_144;
const LENGTH_BYTES = 3 * PIECE_BYTES + 12_345;

describe.skipIf(isAbsent(LUA_MODULE))('an edge in front of three servers', () => {
  const stack = new AsyncDisposableStack();
  let clef: GoldenServer;
  let servers: FailingServer[];
  let edge: Edge;
  let track: GoldenTrackFile;
  let direct: string;
  let relayed: string;
  beforeAll(async () => {
    clef = stack.use(await startGoldenServer({ trustedProxies: ['loopback'] }));
    track = await clef.library.add({
      tags: { title: 'Long' },
      bytes: Uint8Array.from({ length: LENGTH_BYTES }, (_, at) => (at * 31 + (at >> 8)) & 0xff),
      durationMs: 20_000,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    servers = await Promise.all([1, 2, 3].map(() => startFailingServer(clef.baseUrl)));
    for (const server of servers) stack.use(server);
    edge = stack.use(await startEdge(serversAt(servers.map(({ baseUrl }) => baseUrl))));
    direct = clef.client.url('stream', { id: wireId('tr', track.id) });
    relayed = direct.replace(clef.baseUrl, edge.baseUrl);
  });
  afterAll(() => stack.disposeAsync());
  beforeEach(() => {
    for (const server of servers) server.fault = 'none';
  });

  const isWhole = (bytes: Uint8Array, from = 0, to = LENGTH_BYTES) =>
    Buffer.compare(bytes, track.bytes.subarray(from, to)) === 0;

  it('sends what one of them would', async () => {
    const response = await fetch(relayed);
    expect(response.status).toBe(200);
    expect(isWhole(await response.bytes())).toBe(true);
  });

  it.each<[string, string, RequestInit]>([
    ['whole', 'GET', {}],
    ['a part', 'GET', { headers: { range: 'bytes=262100-600000' } }],
    ['the end', 'GET', { headers: { range: 'bytes=-5000' } }],
    ['one byte', 'GET', { headers: { range: 'bytes=262144-262144' } }],
    ['beyond the end', 'GET', { headers: { range: 'bytes=99999999-' } }],
    ['a part of what it was', 'GET', { headers: { range: 'bytes=0-9', 'if-range': '"other"' } }],
    ['what is known', 'GET', { headers: { 'if-none-match': '*' } }],
    ['the head alone', 'HEAD', {}],
    ['a form', 'POST', {}],
  ])('answers as a server does: %s', async (_what, method, init) => {
    const { origin, pathname, search } = new URL(direct);
    const ask = (url: string) =>
      fetch(`${url}${pathname}${method === 'POST' ? '' : search}`, {
        ...init,
        method,
        ...(method === 'POST' && { body: new URLSearchParams(search.slice(1)) }),
      });
    const [expected, given] = await Promise.all([ask(origin), ask(edge.baseUrl)]);
    expect(given.status).toBe(expected.status);
    for (const name of [
      'content-type',
      'content-length',
      'content-range',
      'etag',
      'last-modified',
      'accept-ranges',
      'cache-control',
      'access-control-allow-origin',
    ])
      expect([name, given.headers.get(name)]).toEqual([name, expected.headers.get(name)]);
    expect(Buffer.compare(await given.bytes(), await expected.bytes())).toBe(0);
    for (const name of given.headers.keys()) expect(name).not.toMatch(/^x-clef/);
  });

  it.each<Fault>(['cut', 'silent', 'busy', 'lies', 'foreign', 'gone'])(
    'sends every byte where each server fails in turn: %s',
    async (fault) => {
      const response = await fetch(relayed);
      expect(response.status).toBe(200);
      const bytes: Uint8Array[] = [];
      let turn = 0;
      // A new one fails whenever something has come, and the others are well again.
      for await (const piece of response.body ?? []) {
        bytes.push(piece);
        for (const [at, server] of servers.entries()) server.fault = at === turn % 3 ? fault : 'none';
        turn++;
      }
      expect(isWhole(Buffer.concat(bytes))).toBe(true);
    },
  );

  it.each<Fault>(['gone', 'busy', 'silent'])('begins with one where the others are %s', async (fault) => {
    for (let i = 0; i < 3; i++) {
      for (const [at, server] of servers.entries()) server.fault = at === i % 3 ? 'none' : fault;
      const response = await fetch(relayed, { headers: { range: 'bytes=0-99' } });
      expect(response.status).toBe(206);
      expect(isWhole(await response.bytes(), 0, 100)).toBe(true);
    }
  });

  it('passes on what is no asset, and what a server refuses', async () => {
    const wrong = await fetch(relayed.replace(/([?&])t=[^&]*/, '$1t=00'));
    expect(wrong.status).toBe((await fetch(direct.replace(/([?&])t=[^&]*/, '$1t=00'))).status);
    expect(await wrong.text()).toContain('error');
  });

  it('gives nobody outside a ticket, or a piece on one', async () => {
    const asked = await fetch(relayed, { headers: { 'x-clef-edge': '1', range: 'bytes=0-9' } });
    expect(asked.headers.get('x-clef-pieces')).toBeNull();
    const proxied = { 'x-clef-edge': '1', 'x-forwarded-for': '192.0.2.1' };
    const ticket = (await fetch(direct, { headers: proxied })).headers.get('x-clef-pieces') ?? '';
    const piece = { 'x-clef-pieces': ticket, range: 'bytes=0-9' };
    expect((await fetch(`${edge.baseUrl}/p/v1`, { headers: piece })).status).toBe(404);
    expect((await fetch(`${edge.baseUrl}/metrics`)).status).toBe(404);
  });

  it('asks for no more pieces once a player takes none, or has gone', async () => {
    const asked = () => servers.reduce((sum, { asked: { pieces } }) => sum + pieces, 0);
    const large = await clef.library.add({
      tags: { title: 'Large' },
      bytes: new Uint8Array(64 * PIECE_BYTES),
      durationMs: 20_000,
      mediaType: 'audio/wav',
      suffix: 'wav',
    });
    const before = asked();
    const url = clef.client.url('stream', { id: wireId('tr', large.id) }).replace(clef.baseUrl, edge.baseUrl);
    const player = request(url).end();
    const [answer] = await once(player, 'response');
    answer.pause();
    let last = -1;
    await expect
      .poll(
        () => {
          const isStill = last === asked();
          last = asked();
          return isStill;
        },
        { interval: 300 },
      )
      .toBe(true);
    // What lies in the buffers of two kernels and of the player.
    expect(last - before).toBeLessThan(48);
    player.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked()).toBe(last);
  });

  it('says in its log who sent, and no secret', async () => {
    const { u, t, s } = Object.fromEntries(new URL(direct).searchParams);
    await expect.poll(() => edge.accessLog()).toContain('server-');
    const said = (await edge.accessLog()) + (await edge.errorLog());
    for (const secret of [t, s]) expect(said).not.toContain(secret);
    expect(u).toBeDefined();
    expect(said).not.toContain('?');
    const lines = (await edge.accessLog()).trim().split('\n');
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ reqId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });
});
