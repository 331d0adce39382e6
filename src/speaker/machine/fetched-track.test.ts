import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { fileOfPackage } from '../../../test/support/debian.ts';
import { encodeMedia, type MediaFormat, suffixFor } from '../../../test/support/make-music.ts';
import { findPrograms } from '../../transcode/ffmpeg/child.ts';
import type { Sound } from '../port.ts';
import { createTracks } from './tracks.ts';

const run = promisify(execFile);
const RATE_HZ = 44_100;
const SECONDS = 4;
/** A cut takes along what was not read before it, and what got no further waits longer each time. */
const CUT_LATER_MS = 100;
const KEY = 'clef_1_key';

describe('a track of a server', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: ReturnType<typeof createServer>;
  let baseUrl: string;
  /** What is asked for, and how it is answered. */
  let asked: IncomingMessage[];
  let answer: (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => void;

  beforeAll(async () => {
    folder = await temporaryFolder('fetched');
    server = createServer((request, response) => {
      asked.push(request);
      const id = new URL(request.url ?? '', 'http://here').searchParams.get('id') ?? '';
      readFile(join(folder.path, id)).then(
        (bytes) => answer(request, response, bytes),
        () => response.writeHead(500).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await folder[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
    asked = [];
    answer = sendRange;
  });

  async function made(format: MediaFormat): Promise<string> {
    const name = `${format}.${suffixFor(format)}`;
    await encodeMedia(join(folder.path, name), { format, seconds: SECONDS });
    return name;
  }

  /** As any decoder makes of it. */
  async function wholeOf(name: string): Promise<Float32Array> {
    const pcm = [
      '-v',
      'error',
      '-i',
      join(folder.path, name),
      '-ac',
      '2',
      '-ar',
      `${RATE_HZ}`,
      '-f',
      'f32le',
      '-',
    ];
    const { stdout } = await run('ffmpeg', pcm, { encoding: 'buffer', maxBuffer: 2 ** 26 });
    return new Float32Array(Uint8Array.from(stdout).buffer);
  }

  function open(id: string) {
    const programs = findPrograms();
    if (!programs) throw new Error('there is no ffmpeg');
    return createTracks({ baseUrl, apiKey: KEY, programs, folder: '/dev/shm', rateHz: RATE_HZ }).open(id);
  }

  const signal = () => new AbortController().signal;

  it('is asked for with the key in a header, and comes out as any decoder has it', async () => {
    const name = await made('flac');
    await using track = open(name);
    await using sound = await track.soundFrom(0, signal());
    expect(digest(await all(sound))).toBe(digest(await wholeOf(name)));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(asked[0]?.url).not.toContain(KEY);
  });

  it.each(['flac', 'm4a-alac', 'mp3-vbr', 'opus'] as const)(
    'is sought in to the frame, as %s, while it is on its way and when it is here',
    async (format) => {
      const name = await made(format);
      const whole = await wholeOf(name);
      await using track = open(name);
      const fromMs = 1_234.5;
      const frame = Math.round((fromMs * RATE_HZ) / 1000);
      // The first is decoded as it comes, the second from the file.
      for (let i = 0; i < 2; i++) {
        await using sound = await track.soundFrom(fromMs, signal());
        const heard = await all(sound);
        expect(Math.abs(bestShift(heard, whole, frame))).toBeLessThanOrEqual(1);
      }
    },
  );

  it('goes on where it was cut off, as often as that is', async () => {
    const name = await made('flac');
    answer = (request, response, bytes) => {
      const from = rangeOf(request);
      const until = Math.min(bytes.length, from + Math.ceil(bytes.length / 3));
      headOf(request, response, bytes);
      response.write(bytes.subarray(from, until), () => {
        if (until < bytes.length) setTimeout(() => response.destroy(), CUT_LATER_MS);
        else response.end();
      });
    };
    await using track = open(name);
    await using sound = await track.soundFrom(0, signal());
    expect(digest(await all(sound))).toBe(digest(await wholeOf(name)));
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.at(-1)?.headers).toMatchObject({
      range: expect.stringMatching(/^bytes=\d+-$/),
      'if-range': '"one"',
    });
  });

  it('is none where it became another one meanwhile', async () => {
    const name = await made('flac');
    answer = (request, response, bytes) => {
      if (asked.length > 1) return sendRange(request, response, bytes.subarray(1));
      headOf(request, response, bytes);
      response.write(bytes.subarray(0, 10_000), () => response.destroy());
    };
    await using track = open(name);
    await using sound = await track.soundFrom(3_000, signal());
    await expect(all(sound)).rejects.toMatchObject({ code: 'media-unreadable' });
  });

  it('is none where the server says so, in a document', async () => {
    await writeFile(join(folder.path, 'gone'), '');
    answer = (_request, response) => {
      const error = { code: 70, message: 'nothing has this id' };
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ 'subsonic-response': { status: 'failed', error } }));
    };
    await using track = open('gone');
    await using sound = await track.soundFrom(0, signal());
    await expect(all(sound)).rejects.toMatchObject({ code: 'not-found' });
    expect(asked).toHaveLength(1);
  });

  it('is unreadable where it is no music', async () => {
    await writeFile(join(folder.path, 'noise'), Buffer.alloc(200_000, 'no music at all '));
    await using track = open('noise');
    await using sound = await track.soundFrom(0, signal());
    await expect(all(sound)).rejects.toMatchObject({ code: 'media-unreadable' });
  });

  it('ends when nobody wants it any more', async () => {
    const name = await made('flac');
    answer = (request, response, bytes) => {
      headOf(request, response, bytes);
      response.write(bytes.subarray(0, 20_000));
    };
    const track = open(name);
    const stopping = new AbortController();
    const sound = await track.soundFrom(3_900, stopping.signal);
    const ending = expect(all(sound)).rejects.toThrow();
    stopping.abort();
    await ending;
    await sound[Symbol.asyncDispose]();
    await track[Symbol.asyncDispose]();
  });
});

function rangeOf({ headers }: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
}

function headOf(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const from = rangeOf(request);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': 'audio/flac',
    'content-length': bytes.length - from,
    etag: '"one"',
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
}

function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  headOf(request, response, bytes);
  response.end(bytes.subarray(rangeOf(request)));
}

async function all(sound: Sound): Promise<Float32Array> {
  const pieces: Float32Array[] = [];
  for (;;) {
    const piece = await sound.next();
    if (!piece) break;
    pieces.push(piece);
  }
  const joined = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function digest(samples: Float32Array): string {
  return createHash('sha256').update(new Uint8Array(samples.buffer)).digest('hex');
}

/** By how many frames what is heard lies beside `frame` of the whole. */
function bestShift(heard: Float32Array, whole: Float32Array, frame: number): number {
  let best = { shift: Number.NaN, distance: Number.POSITIVE_INFINITY };
  for (let shift = -2_000; shift <= 2_000; shift++) {
    let distance = 0;
    for (let i = 0; i < 2_000; i++)
      distance += Math.abs((heard[2 * i] ?? 0) - (whole[2 * (frame + shift + i)] ?? 0));
    if (distance < best.distance) best = { shift, distance };
  }
  return best.shift;
}
