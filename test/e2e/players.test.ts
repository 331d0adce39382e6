import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { asBytes, wireId } from '../../src/core/index.ts';
import { temporaryFolder } from '../support/clef-process.ts';
import { type GoldenServer, startGoldenServer } from '../support/golden-server.ts';
import { encodeMedia, ffprobe, hasFfmpeg, type MediaFormat, suffixFor } from '../support/make-music.ts';

const run = promisify(execFile);
const SECONDS = 30;

const MEDIA_TYPES = {
  flac: 'audio/flac',
  'mp3-vbr': 'audio/mpeg',
  ogg: 'audio/ogg',
  'm4a-aac': 'audio/mp4',
  opus: 'audio/ogg',
  wav: 'audio/wav',
} as const satisfies Partial<Record<MediaFormat, string>>;
type PlayedFormat = keyof typeof MEDIA_TYPES;
const FORMATS = Object.keys(MEDIA_TYPES) as PlayedFormat[];

interface Played {
  readonly path: string;
  readonly url: string;
}

let server: GoldenServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const files = new Map<PlayedFormat, Played>();

beforeAll(async () => {
  server = await startGoldenServer();
  folder = await temporaryFolder('players');
  if (!(await hasFfmpeg())) return;
  for (const format of FORMATS) {
    const suffix = suffixFor(format);
    const path = join(folder.path, `${format}.${suffix}`);
    await encodeMedia(path, { format, seconds: SECONDS });
    const { id } = await server.library.add({
      tags: { title: format },
      bytes: asBytes(new Uint8Array(await readFile(path))),
      durationMs: SECONDS * 1000,
      mediaType: MEDIA_TYPES[format],
      suffix,
    });
    files.set(format, { path, url: server.client.url('stream', { id: wireId('tr', id) }) });
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Where a program is absent its test says so and is skipped; with CI=true it fails. */
async function need(context: TestContext, program: string): Promise<void> {
  const isThere = await run('which', [program]).then(
    () => true,
    () => false,
  );
  if (isThere && files.size > 0) return;
  const reason = `${isThere ? 'ffmpeg' : program} is not installed`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}, which CI=true does not allow`);
  context.skip(reason);
}

function played(format: PlayedFormat): Played {
  const file = files.get(format);
  if (!file) throw new Error(`${format} was not made`);
  return file;
}

/** What is heard in the second that begins there, as a digest of its samples. */
async function soundAt(input: string, seconds: number): Promise<string> {
  const second = ['-ss', String(seconds), '-i', input, '-t', '1'];
  const { stdout } = await run('ffmpeg', [
    '-nostdin',
    '-v',
    'error',
    ...second,
    '-map',
    '0:a',
    '-f',
    'md5',
    '-',
  ]);
  return stdout;
}

describe.each(FORMATS)('by its address, %s', (format) => {
  it('is known to ffprobe as the file is', async (context) => {
    await need(context, 'ffprobe');
    const { path, url } = played(format);
    expect(await ffprobe(url)).toEqual(await ffprobe(path));
  });

  it('sounds at every place as the file does, for ffmpeg -ss', async (context) => {
    await need(context, 'ffmpeg');
    const { path, url } = played(format);
    for (const seconds of [0, 11.5, 27]) {
      expect(await soundAt(url, seconds), `${seconds} s`).toBe(await soundAt(path, seconds));
    }
  });

  it('plays from the middle in mpv', async (context) => {
    await need(context, 'mpv');
    const options = [
      '--no-config',
      '--no-video',
      '--ao=null',
      '--ao-null-untimed',
      '--start=20',
      '--length=5',
    ];
    const { stdout } = await run('mpv', [...options, played(format).url]);
    expect(stdout).toContain('AO: [null]');
    expect(stdout).toContain('Exiting... (End of file)');
  });

  it('comes whole, in parts and resumed to curl', async (context) => {
    await need(context, 'curl');
    const { path, url } = played(format);
    const original = await readFile(path);
    const curl = async (...options: string[]): Promise<Buffer> => {
      const { stdout } = await run('curl', ['-sSf', ...options, url], {
        encoding: 'buffer',
        maxBuffer: 2 * original.length,
      });
      return stdout;
    };
    expect((await curl()).equals(original)).toBe(true);
    expect((await curl('-r', '1000-30000')).equals(original.subarray(1000, 30_001))).toBe(true);
    const resumed = `${path}.resumed`;
    await writeFile(resumed, original.subarray(0, original.length >> 1));
    await curl('-C', '-', '-o', resumed);
    expect((await readFile(resumed)).equals(original)).toBe(true);
  });
});
