import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fileOfPackage } from '../../../test/support/debian.ts';
import type { Rendition, RenditionKind } from '../index.ts';
import { createFfmpegTranscoder, type FfmpegOptions } from './transcoder.ts';

const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-transcode-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach((context) => void fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context));

/** A noisy tone, of which no two samples agree by chance, as ffmpeg writes it with these options. */
async function made(name: string, ...options: string[]): Promise<string> {
  const path = join(folder, name);
  const source = 'sine=f=440:d=3:r=48000,volume=0.7,vibrato=f=7';
  await run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-ac', '2', ...options, path]);
  return path;
}

let silence: Promise<Uint8Array> | undefined;

/** Many times what a test lets it cost: as Opus it takes fifteen seconds of a processor. */
function hoursOfSilence(): Promise<Uint8Array> {
  return (silence ??= makeHoursOfSilence());
}

async function makeHoursOfSilence(): Promise<Uint8Array> {
  const path = join(folder, 'hours.flac');
  const input = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', String(2 * 3_600)];
  // The longest frames are the fewest.
  await run('ffmpeg', ['-v', 'error', '-y', ...input, '-frame_size', '65535', '-c:a', 'flac', path]);
  return readFile(path);
}

function transcode(
  bytes: Uint8Array,
  kinds: readonly RenditionKind[] = ['flac', 'opus'],
  options: FfmpegOptions = {},
  signal = new AbortController().signal,
): Promise<Rendition> {
  const plaintext = (async function* () {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  })();
  return createFfmpegTranscoder(options).transcode({
    lengthBytes: bytes.length,
    plaintext,
    kinds,
    signal,
  });
}

async function allOf(rendition: Rendition): Promise<Uint8Array> {
  return rendition.read(0, rendition.lengthBytes);
}

interface Decoded {
  readonly codec: string;
  readonly bits: string;
  readonly md5: string;
}

/** What any decoder makes of a file: its samples at 32 bits, hashed. */
async function decoded(path: string): Promise<Decoded> {
  const entries = 'stream=codec_name,bits_per_raw_sample';
  const probe = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', entries, path]);
  const { streams } = JSON.parse(probe.stdout) as {
    streams: { codec_name: string; bits_per_raw_sample?: string }[];
  };
  const pcm = ['-v', 'error', '-i', path, '-map', '0:a', '-f', 's32le', '-'];
  const { stdout } = await run('ffmpeg', pcm, { encoding: 'buffer', maxBuffer: 2 ** 28 });
  return {
    codec: streams[0]?.codec_name ?? '',
    bits: streams[0]?.bits_per_raw_sample ?? '',
    md5: createHash('md5').update(stdout).digest('hex'),
  };
}

/** Nameless files of ours in memory that this process holds open. */
async function spoolsHeld(): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith('/dev/shm/clef-')).length;
}

async function childrenHere(): Promise<readonly string[]> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  return children.split(' ').filter((pid) => pid.trim() !== '');
}

async function expectNothingLeft(): Promise<void> {
  expect(await spoolsHeld()).toBe(0);
  expect((await readdir('/dev/shm')).filter((name) => name.startsWith('clef-'))).toEqual([]);
}

describe('lossless music becomes FLAC with the same samples', () => {
  test.each([
    ['ALAC of 16 bits, its index behind the music', 'a16.m4a', ['-c:a', 'alac', '-sample_fmt', 's16p'], '16'],
    ['ALAC of 24 bits', 'a24.m4a', ['-c:a', 'alac', '-sample_fmt', 's32p'], '24'],
    ['AIFF of 24 bits', 'a24.aiff', ['-c:a', 'pcm_s24be'], '24'],
    ['WavPack of 16 bits', 'a.wv', ['-c:a', 'wavpack', '-sample_fmt', 's16p'], '16'],
  ])('%s', async (_, name, options, bits) => {
    const path = await made(name, ...options);
    await using rendition = await transcode(await readFile(path));
    expect(rendition).toMatchObject({ kind: 'flac', mediaType: 'audio/flac' });
    const flac = join(folder, `${name}.flac`);
    await writeFile(flac, await allOf(rendition));
    const [before, after] = [await decoded(path), await decoded(flac)];
    expect(after).toEqual({ codec: 'flac', bits, md5: before.md5 });
  });

  test('with its length in the header, which only a file that can be sought in gets', async () => {
    const path = await made('length.m4a', '-c:a', 'alac');
    await using rendition = await transcode(await readFile(path));
    const head = Buffer.from(await rendition.read(0, 42));
    // RFC 9639 section 8.2: the low 32 of 36 bits of the number of samples.
    expect(head.readUInt32BE(22)).toBe(3 * 48_000);
  });

  test('or Opus where FLAC does not play', async () => {
    const path = await made('opus.m4a', '-c:a', 'alac');
    await using rendition = await transcode(await readFile(path), ['opus']);
    expect(rendition.kind).toBe('opus');
  });
});

test('other music becomes Opus, without tags', async () => {
  const path = await made('a.wma', '-c:a', 'wmav2', '-metadata', 'title=A secret title');
  await using rendition = await transcode(await readFile(path));
  expect(rendition).toMatchObject({ kind: 'opus', mediaType: 'audio/ogg' });
  const bytes = Buffer.from(await allOf(rendition));
  expect(bytes.subarray(0, 4).toString()).toBe('OggS');
  expect(bytes.includes('secret')).toBe(false);
  const opus = join(folder, 'a.opus');
  await writeFile(opus, bytes);
  expect(await decoded(opus)).toMatchObject({ codec: 'opus' });
});

describe('a hostile file costs only itself', () => {
  test('what is no music is unreadable', async () => {
    const noise = Buffer.alloc(100_000, 'no music at all ');
    await expect(transcode(noise)).rejects.toMatchObject({ code: 'media-unreadable' });
    await expectNothingLeft();
  });

  test('what names another file does not get it', async () => {
    const secret = await made('secret.flac', '-c:a', 'flac');
    const concat = Buffer.from(`ffconcat version 1.0\nfile '${secret}'\n`);
    const playlist = Buffer.from(
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:${secret}\n#EXT-X-ENDLIST\n`,
    );
    for (const bytes of [concat, playlist]) {
      await expect(transcode(bytes)).rejects.toMatchObject({ code: 'media-unreadable' });
    }
  });

  test('a length that is not there is not believed', async () => {
    const bytes = await readFile(await made('long.wav', '-c:a', 'pcm_s16le'));
    bytes.writeUInt32LE(0xffff_fff0, 4);
    bytes.writeUInt32LE(0xffff_ff00, bytes.indexOf('data') + 4);
    await using rendition = await transcode(bytes);
    expect(rendition.lengthBytes).toBeLessThan(bytes.length * 1.1);
  });

  test('output without an end is cut off at its limit', async () => {
    const bytes = await readFile(await made('big.m4a', '-c:a', 'alac'));
    const limits = { outputBytes: 20_000 };
    const failing = transcode(bytes, ['flac'], { limits });
    await expect(failing).rejects.toMatchObject({ code: 'media-too-costly' });
    await expectNothingLeft();
  });

  test('hours of work in a small file end with the processor time allowed', async () => {
    const bytes = await hoursOfSilence();
    expect(bytes.length).toBeLessThan(10 * 2 ** 20);
    const failing = transcode(bytes, ['opus'], { limits: { cpuSeconds: 1 } });
    await expect(failing).rejects.toMatchObject({ code: 'media-too-costly' });
    await expectNothingLeft();
  });

  test('memory beyond what is allowed is not had', async () => {
    const bytes = await readFile(await made('memory.m4a', '-c:a', 'alac'));
    const failing = transcode(bytes, ['flac'], { limits: { memoryBytes: 8 * 2 ** 20 } });
    await expect(failing).rejects.toMatchObject({ code: 'media-unreadable' });
    await expectNothingLeft();
  });
});

test('an abort in the middle ends the child and leaves nothing', async () => {
  const bytes = await hoursOfSilence();
  const stopping = new AbortController();
  const before = await childrenHere();
  const failing = transcode(bytes, ['opus'], {}, stopping.signal);
  failing.catch(() => undefined);
  // Both files are there once ffmpeg itself is under way.
  await expect.poll(spoolsHeld, { timeout: 20_000, interval: 10 }).toBe(2);
  await expect.poll(async () => (await childrenHere()).length).toBeGreaterThan(before.length);
  stopping.abort(new Error('the server is stopping'));
  await expect(failing).rejects.toThrow('the server is stopping');
  await expectNothingLeft();
  expect(await childrenHere()).toEqual(before);
});

test('without ffmpeg it says what is missing', async () => {
  const failing = transcode(new Uint8Array(1), ['flac'], { programs: undefined });
  await expect(failing).rejects.toMatchObject({
    code: 'transcoder-missing',
    message: expect.stringContaining('ffmpeg'),
  });
});
