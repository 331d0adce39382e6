import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Mishap,
  type SealedRequest,
  type SealedServer,
  serveSealed,
} from '../../../test/support/sealed-server.ts';
import { sameBytes } from '../../../test/support/vault.ts';
import { CHUNK_BYTES, SEALED_CHUNK_BYTES } from '../../crypto/index.ts';
import type { SourceClock } from './clock.ts';
import type { Device } from './play-keys.ts';
import { createTrackSource, type TrackSourceOptions } from './track-source.ts';

const never = new AbortController().signal;

/** Waits take a turn of the event loop. */
const hurried: SourceClock = {
  nowMs: () => performance.now(),
  random: () => 0.5,
  async wait(_, signal) {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  },
};

async function newDevice(server: SealedServer): Promise<Device> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  const thumbprint = await server.addDevice(await crypto.subtle.exportKey('jwk', pair.publicKey));
  return { thumbprint, privateKey: pair.privateKey };
}

async function start(lengthBytes: number, more: Partial<TrackSourceOptions> = {}) {
  const server = await serveSealed({ lengthBytes });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const device = await newDevice(server);
  const source = createTrackSource({
    basePath: server.url,
    device,
    clock: hurried,
    decodable: async () => ['pcm', 'flac'],
    ...more,
  });
  return { server, device, source };
}

function expectChunk({ bytes }: SealedServer, chunk: number, got: Uint8Array): void {
  expect(sameBytes(got, bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES))).toBe(true);
}

async function expectAll({ server, source }: Awaited<ReturnType<typeof start>>): Promise<void> {
  const track = await source.open(server.trackId, never);
  const chunks = Array.from({ length: server.chunkCount }, (_, chunk) => track.chunk(chunk, never));
  for (const [chunk, got] of (await Promise.all(chunks)).entries()) expectChunk(server, chunk, got);
  track.close();
}

/** The mishap for the first so many requests of a route. */
function first(count: number, route: SealedRequest['route'], mishap: Mishap) {
  let left = count;
  return (request: SealedRequest) => (request.route === route && left-- > 0 ? mishap : undefined);
}

describe('a track from the server', () => {
  it('is opened by one request, its first chunk with it, and ends at its true length', async () => {
    const { server, source } = await start(3 * CHUNK_BYTES + 1_000);
    const track = await source.open(server.trackId, never);
    expectChunk(server, 0, await track.chunk(0, never));
    expect(track.table.codec).toBe('flac');
    expect(server.requests.map(({ route }) => route)).toEqual(['play']);
    const last = await track.chunk(3, never);
    expect(last.length).toBe(1_000);
    expectChunk(server, 3, last);
  });

  it('comes whole over several columns, neighbours in one request', async () => {
    // No machine is so busy that a column is called late, and asked for twice.
    const world = await start(33 * CHUNK_BYTES + 5, { limits: { lateMs: 60_000, silentMs: 60_000 } });
    await expectAll(world);
    const columns = world.server.requests.filter(({ route }) => route === 'column');
    // Chunk 0 came with the answer: 15 + 2 chunks of column 0, 16 of column 1.
    expect(columns.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
    expect(
      columns.every(({ startBytes, endBytes }) => endBytes - startBytes <= 16 * SEALED_CHUNK_BYTES),
    ).toBe(true);
    expect(world.server.requests).toHaveLength(4);
  });

  it('is asked for once where two wait for the same chunk, and not at all for one had before', async () => {
    const { server, source } = await start(4 * CHUNK_BYTES);
    const track = await source.open(server.trackId, never);
    await Promise.all([track.chunk(2, never), track.chunk(2, never)]);
    await track.chunk(2, never);
    expect(server.requests.filter(({ route }) => route === 'column')).toHaveLength(1);
  });

  it('is asked for again on the verified route where a chunk is corrupted on its way', async () => {
    const world = await start(12 * CHUNK_BYTES);
    world.server.mishap = ({ route }) => (route === 'column' ? 'corrupt' : undefined);
    await expectAll(world);
    expect(world.server.requests.some(({ route }) => route === 'verified')).toBe(true);
  });

  it.each([500, 503, 404, 416, 200, 'cut', 'silent'] as const)(
    'comes on the verified route where columns answer %s',
    async (mishap) => {
      const world = await start(12 * CHUNK_BYTES, { limits: { lateMs: 20, silentMs: 40 } });
      world.server.mishap = ({ route }) => (route === 'column' ? mishap : undefined);
      await expectAll(world);
    },
  );

  it('waits for a column that is late where the verified route fails', async () => {
    const world = await start(6 * CHUNK_BYTES, { limits: { lateMs: 0, silentMs: 4_000 } });
    world.server.mishap = ({ route }) => (route === 'verified' ? 503 : undefined);
    await expectAll(world);
  });

  it('is given up as damaged where no copy opens, and never with a wrong byte', async () => {
    const { server, source } = await start(6 * CHUNK_BYTES);
    const track = await source.open(server.trackId, never);
    server.mishap = ({ route }) => (route === 'play' ? undefined : 'corrupt');
    await expect(track.chunk(3, never)).rejects.toMatchObject({ kind: 'damaged', retrying: false });
    server.mishap = () => undefined;
    expectChunk(server, 3, await track.chunk(3, never));
  });

  it('is called offline after a few tries, and comes when it is asked for again', async () => {
    const { server, source } = await start(6 * CHUNK_BYTES);
    const track = await source.open(server.trackId, never);
    server.mishap = ({ route }) => (route === 'play' ? 503 : 'cut');
    const offline = { kind: 'offline', trackId: server.trackId, retrying: true };
    await expect(track.chunk(3, never)).rejects.toMatchObject(offline);
    await expect(source.open(server.trackId, never)).rejects.toMatchObject(offline);
    server.mishap = () => undefined;
    expectChunk(server, 3, await track.chunk(3, never));
  });

  it('comes without a word where the server is away for a moment', async () => {
    const { server, source } = await start(6 * CHUNK_BYTES);
    server.mishap = first(2, 'play', 503);
    const track = await source.open(server.trackId, never);
    let left = 4;
    server.mishap = () => (left-- > 0 ? 'cut' : undefined);
    expectChunk(server, 3, await track.chunk(3, never));
  });

  it('is called preparing while it is being converted', async () => {
    const { server, source } = await start(CHUNK_BYTES);
    server.mishap = () => 'preparing';
    await expect(source.open(server.trackId, never)).rejects.toMatchObject({
      kind: 'preparing',
      retrying: true,
    });
  });

  it('goes on with a new ticket where the old one is refused, asked for once', async () => {
    const world = await start(12 * CHUNK_BYTES);
    const track = await world.source.open(world.server.trackId, never);
    world.server.expireTickets();
    const chunks = await Promise.all([track.chunk(1, never), track.chunk(5, never), track.chunk(9, never)]);
    for (const [at, chunk] of [1, 5, 9].entries()) expectChunk(world.server, chunk, chunks[at] as Uint8Array);
    expect(world.server.requests.filter(({ route }) => route === 'play')).toHaveLength(2);
  });

  it('asks for a new ticket before the old one ends, whatever the clock of the device says', async () => {
    let nowMs = 5;
    const { server, source } = await start(8 * CHUNK_BYTES, { clock: { ...hurried, nowMs: () => nowMs } });
    server.ticketLifetimeMs = 100_000;
    const track = await source.open(server.trackId, never);
    nowMs += 90_000;
    await track.chunk(1, never);
    await expect.poll(() => server.requests.filter(({ route }) => route === 'play').length).toBe(2);
    nowMs += 90_001;
    await track.chunk(5, never);
    await expect.poll(() => server.requests.filter(({ route }) => route === 'play').length).toBe(3);
  });

  it('is refused to a device that was revoked, when it opens a track and in mid-song', async () => {
    const { server, source, device } = await start(8 * CHUNK_BYTES);
    const track = await source.open(server.trackId, never);
    server.revokeDevice(device.thumbprint);
    server.expireTickets();
    await expect(track.chunk(3, never)).rejects.toMatchObject({ kind: 'not-allowed' });
    await expect(source.open(server.trackId, never)).rejects.toMatchObject({ kind: 'not-allowed' });
  });

  it('is not found where nobody has it', async () => {
    const { source } = await start(CHUNK_BYTES);
    await expect(source.open('tr-2', never)).rejects.toMatchObject({ kind: 'not-found', trackId: 'tr-2' });
  });

  it.each([
    ['library', '0'.repeat(32)],
    ['asset', '0'.repeat(32)],
    ['device', 'x'.repeat(43)],
    ['iat', 'yesterday'],
  ])('is refused where its keys name another %s', async (name, value) => {
    const { server, source } = await start(CHUNK_BYTES);
    server.alterHeader = (header) => ({ ...header, [name]: value });
    await expect(source.open(server.trackId, never)).rejects.toMatchObject({ kind: 'damaged' });
  });

  it('is refused where its header commits to another key, or belongs to another asset', async () => {
    const { server, source } = await start(CHUNK_BYTES);
    server.alter = (answer) => ({
      ...answer,
      audio: { ...answer.audio, header: answer.table.location.header },
    });
    await expect(source.open(server.trackId, never)).rejects.toMatchObject({ kind: 'damaged' });
    server.alter = ({ audio: { header, ...audio }, ...answer }) => ({
      ...answer,
      audio: { ...audio, header: `${header.slice(0, -6)}AAAAAA` },
    });
    await expect(source.open(server.trackId, never)).rejects.toMatchObject({ kind: 'damaged' });
  });

  it('stops at once where the one who asked does not want it any more, or closes the track', async () => {
    const { server, source } = await start(8 * CHUNK_BYTES);
    const track = await source.open(server.trackId, never);
    const access = await source.access(server.trackId, never);
    server.mishap = () => 'silent';
    await expect(access.sealedChunk(1, AbortSignal.abort(new Error('gone before')))).rejects.toThrow(
      'gone before',
    );
    const gone = new AbortController();
    const left = track.chunk(2, gone.signal);
    const closed = track.chunk(3, never);
    gone.abort(new Error('sought elsewhere'));
    await expect(left).rejects.toThrow('sought elsewhere');
    await expect(track.chunk(4, gone.signal)).rejects.toThrow('sought elsewhere');
    track.close();
    await expect(closed).rejects.toMatchObject({ name: 'AbortError' });
  });
});
