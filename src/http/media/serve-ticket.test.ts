import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredAsset } from '../../catalog/index.ts';
import type { AssetId, ByteRange, Bytes, LayoutId, LibraryId } from '../../core/index.ts';
import { ClefError } from '../../core/index.ts';
import { type ServeOutcome, serveTicket } from './serve-ticket.ts';
import { type MediaReader, ticketFor } from './ticket.ts';

const LENGTH = 700_001;
const PIECE_BYTES = 65_536;
const createdAtMs = Date.parse('2026-01-02T03:04:05.678Z');
const lastModified = 'Fri, 02 Jan 2026 03:04:05 GMT';

const original = Uint8Array.from({ length: LENGTH }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
const asset: StoredAsset = {
  libraryId: '00'.repeat(16) as LibraryId,
  assetId: 'ab'.repeat(16) as AssetId,
  layoutId: '01'.repeat(16) as LayoutId,
  policy: { k: 1, m: 0 },
  header: new Uint8Array(0),
  columnNodes: [],
  wrappedKey: new Uint8Array(40),
  epoch: 1,
  lengthBytes: LENGTH,
  storedBytes: LENGTH,
  degraded: false,
  mediaType: 'audio/ogg',
  createdAtMs,
};
const ticket = ticketFor(asset);
const etag = `"${'ab'.repeat(16)}"`;

/** Reads from memory; remembers what was asked of it. */
class MemoryReader implements MediaReader {
  readonly ranges: ByteRange[] = [];
  readColumn(): never {
    throw new Error('no column is sent here');
  }

  releasedBytes = 0;
  aborted = false;
  failAtByte = Number.POSITIVE_INFINITY;

  async *read(_asset: StoredAsset, range: ByteRange, signal: AbortSignal): AsyncGenerator<Bytes> {
    this.ranges.push(range);
    signal.addEventListener('abort', () => {
      this.aborted = true;
    });
    for (let start = range.startBytes; start < range.endBytes; start += PIECE_BYTES) {
      if (start >= this.failAtByte) throw new ClefError('vault-asset-lost', 'gone');
      await Promise.resolve();
      signal.throwIfAborted();
      yield original.slice(start, Math.min(start + PIECE_BYTES, range.endBytes));
    }
  }

  release(piece: Bytes): void {
    this.releasedBytes += piece.length;
  }
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly complete: boolean;
}

let server: Server;
let reader: MemoryReader;
let outcome: Promise<ServeOutcome>;

beforeEach(async () => {
  reader = new MemoryReader();
  const settled = Promise.withResolvers<ServeOutcome>();
  outcome = settled.promise;
  server = createServer((req, res) => {
    serveTicket(req, res, ticket, reader, () => ({
      httpStatus: 503,
      contentType: 'text/plain',
      body: 'sorry',
    })).then(settled.resolve, settled.reject);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function ask(headers: Record<string, string> = {}, method = 'GET'): Promise<Received> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => {});
      response.on('close', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
          complete: response.complete,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('serving an asset', () => {
  it('sends the whole with its true type, length and validators', async () => {
    const received = await ask();
    expect(received.status).toBe(200);
    expect(received.body.equals(original)).toBe(true);
    expect(received.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(LENGTH),
      'content-type': 'audio/ogg',
      etag,
      'last-modified': lastModified,
    });
    expect(await outcome).toEqual({ kind: 'complete', status: 200, sentBytes: LENGTH });
    expect(reader.releasedBytes).toBe(LENGTH);
  });

  it('sends a part, and reads no more than that part', async () => {
    const received = await ask({ range: 'bytes=100000-300000' });
    expect(received.status).toBe(206);
    expect(received.headers['content-range']).toBe(`bytes 100000-300000/${LENGTH}`);
    expect(received.body.equals(original.subarray(100_000, 300_001))).toBe(true);
    expect(reader.ranges).toEqual([{ startBytes: 100_000, endBytes: 300_001 }]);
  });

  it.each([
    ['several ranges', 'bytes=0-1,5-6'],
    ['another unit', 'tracks=1-2'],
  ])('answers %s with the whole', async (_, range) => {
    const received = await ask({ range });
    expect(received.status).toBe(200);
    expect(received.headers['content-range']).toBeUndefined();
    expect(received.body.length).toBe(LENGTH);
  });

  it('refuses a range beyond the end and says how long the file is', async () => {
    const received = await ask({ range: `bytes=${LENGTH}-` });
    expect(received.status).toBe(416);
    expect(received.headers['content-range']).toBe(`bytes */${LENGTH}`);
    expect(received.body.length).toBe(0);
    expect(reader.ranges).toEqual([]);
  });

  it('answers HEAD with the length of the whole and reads nothing', async () => {
    const received = await ask({ range: 'bytes=0-9' }, 'HEAD');
    expect(received.status).toBe(200);
    expect(received.headers['content-length']).toBe(String(LENGTH));
    expect(received.headers['accept-ranges']).toBe('bytes');
    expect(reader.ranges).toEqual([]);
  });

  it('sends the whole where If-Range names another state', async () => {
    expect((await ask({ range: 'bytes=5-', 'if-range': etag })).status).toBe(206);
    expect((await ask({ range: 'bytes=5-', 'if-range': lastModified })).status).toBe(206);
    expect((await ask({ range: 'bytes=5-', 'if-range': '"other"' })).status).toBe(200);
    expect((await ask({ range: 'bytes=5-', 'if-range': `W/${etag}` })).status).toBe(200);
  });

  it('sends nothing that the client has already', async () => {
    const received = await ask({ 'if-none-match': etag });
    expect(received.status).toBe(304);
    expect(received.headers.etag).toBe(etag);
    expect((await ask({ 'if-modified-since': lastModified })).status).toBe(304);
    expect((await ask({ 'if-match': '"other"' })).status).toBe(412);
    expect(reader.ranges).toEqual([]);
  });

  it('tells of a fault that shows before the first byte', async () => {
    reader.failAtByte = 0;
    const received = await ask();
    expect(received.status).toBe(503);
    expect(received.headers['retry-after']).toBe('5');
    expect(received.body.toString()).toBe('sorry');
    expect(received.headers.etag).toBeUndefined();
    expect(await outcome).toMatchObject({ kind: 'failed', status: 503, sentBytes: 0 });
  });

  it('cuts the connection on a fault in the middle, so that a part never passes for the whole', async () => {
    reader.failAtByte = 4 * PIECE_BYTES;
    const received = await ask();
    expect(received.complete).toBe(false);
    expect(received.body.equals(original.subarray(0, received.body.length))).toBe(true);
    expect(await outcome).toMatchObject({ kind: 'failed', status: 200 });
  });

  it('reads nothing for a client that left before the answer began', async () => {
    const settled = Promise.withResolvers<ServeOutcome>();
    server.removeAllListeners('request');
    server.on('request', (req, res) => {
      res.once('close', () => {
        serveTicket(req, res, ticket, reader, () => {
          throw new Error('nobody is there to be told');
        }).then(settled.resolve, settled.reject);
      });
      req.socket.destroy();
    });
    await expect(ask()).rejects.toThrow();
    expect(await settled.promise).toEqual({ kind: 'disconnected', status: 200, sentBytes: 0 });
    expect(reader.releasedBytes).toBe(0);
  });

  it('cuts the connection where a reader gives too few bytes', async () => {
    const read = reader.read.bind(reader);
    reader.read = (of, range, signal) => read(of, { ...range, endBytes: range.endBytes - 1 }, signal);
    const received = await ask();
    expect(received.complete).toBe(false);
    expect(await outcome).toMatchObject({ kind: 'failed' });
  });

  it('stops reading when the client goes', async () => {
    const { port } = server.address() as AddressInfo;
    const readPieces = reader.read.bind(reader);
    reader.read = async function* (of, range, signal) {
      yield* readPieces(of, { ...range, endBytes: PIECE_BYTES }, signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const outgoing = request({ port, host: '127.0.0.1' }, (response) => {
      response.once('data', () => outgoing.destroy());
    });
    outgoing.on('error', () => {});
    outgoing.end();
    expect((await outcome).kind).toBe('disconnected');
    expect(reader.aborted).toBe(true);
  });
});
