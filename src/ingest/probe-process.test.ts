import { bareTags } from '../../test/support/bare-tags.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { solidPng, toneWav } from '../../test/support/media-tags.ts';
import { inlineProbe } from '../../test/support/import-world.ts';
import { isClefError } from '../core/index.ts';
import { encodePacketTable } from '../playback/index.ts';
import type { MediaProbe, ReadableMedia } from './port.ts';
import { childCommand, type ChildCommand } from './probe/child-command.ts';
import { ProcessProbe } from './probe-process.ts';

let folder: string;
const good = mediaOf(toneWav(1, 1));

function mediaOf(bytes: Uint8Array): ReadableMedia {
  return {
    lengthBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-probe-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The same limits as the real child's, around another program. */
async function confined(name: string, program: string): Promise<ChildCommand> {
  const path = join(folder, `${name}.mjs`);
  const frame = `const send = (kind, payload) => {
    const bytes = Buffer.from(payload);
    const header = Buffer.alloc(5);
    header.writeUInt32BE(bytes.length);
    header[4] = kind;
    process.stdout.write(Buffer.concat([header, bytes]));
  };`;
  await writeFile(path, `${frame}\nprocess.stdin.once('data', async () => {\n${program}\n});`);
  const { file, args } = childCommand();
  const own = args.map((arg) => (arg === args.at(-1) ? path : arg));
  const at = own.findIndex((arg) => arg.startsWith('--allow-fs-read'));
  return { file, args: own.toSpliced(at, 0, `--allow-fs-read=${path}`) };
}

async function failureOf(
  probe: MediaProbe,
  media: ReadableMedia = good,
  signal?: AbortSignal,
): Promise<string> {
  const error: unknown = await probe.probe(media, signal).then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  return isClefError(error) ? `${error.code}: ${error.message}` : String(error);
}

describe('the probe in a process of its own', () => {
  test('reads files, many at once, in few processes', async () => {
    await using probe = new ProcessProbe({ processes: 2 });
    const found = await Promise.all(
      Array.from({ length: 20 }, (_, i) => probe.probe(mediaOf(toneWav(1 + (i % 3), i)))),
    );
    expect(found.map(({ audio }) => audio.durationMs)).toEqual(
      Array.from({ length: 20 }, (_, i) => 1000 * (1 + (i % 3))),
    );
    expect(found[0]?.audio).toMatchObject({
      mediaType: 'audio/wav',
      codec: 'pcm',
      sampleRateHz: 8000,
      bitDepth: 16,
    });
  });

  test('says why a file is none, and goes on with the next', async () => {
    await using probe = new ProcessProbe({ processes: 1 });
    expect(await failureOf(probe, mediaOf(Buffer.alloc(0)))).toBe('media-unreadable: the file is empty');
    expect(await failureOf(probe, mediaOf(Buffer.from('text')))).toMatch(/^media-unreadable: its content/);
    expect((await probe.probe(good)).audio.durationMs).toBe(1000);
  });

  test('tells where the packets of a file lie, and of no file that is none', async () => {
    await using probe = new ProcessProbe({ processes: 1 });
    const table = await probe.packetTable(good);
    expect(table).toMatchObject({ codec: 'pcm', pcmFormat: 's16le', sampleRateHz: 8000, sampleCount: 8000 });
    expect(await probe.packetTable(mediaOf(Buffer.from('text')))).toBeUndefined();
    expect((await probe.probe(good)).audio.durationMs).toBe(1000);
  });

  test('a source that fails while it is read fails that call alone, with its own error', async () => {
    await using probe = new ProcessProbe({ processes: 1 });
    const broken = { lengthBytes: 1000, read: () => Promise.reject(new Error('the disk is gone')) };
    expect(await failureOf(probe, broken)).toBe('Error: the disk is gone');
    expect((await probe.probe(good)).audio.durationMs).toBe(1000);
  });

  test('an abort ends a call that waits, and one that is under way', async () => {
    await using probe = new ProcessProbe({ processes: 1 });
    const abort = new AbortController();
    const stuck = { lengthBytes: 1000, read: () => new Promise<Uint8Array>(() => undefined) };
    const both = Promise.all([failureOf(probe, stuck, abort.signal), failureOf(probe, good, abort.signal)]);
    abort.abort(new Error('enough'));
    expect(await both).toEqual(['Error: enough', 'Error: enough']);
    expect((await probe.probe(good)).audio.durationMs).toBe(1000);
  });

  test('has no files, no network, no processes, no workers and no environment', async () => {
    process.env['CLEF_TEST_SECRET'] = 'a secret';
    const command = await confined(
      'curious',
      `const told = [];
      const attempt = async (work) => {
        try { await work(); told.push('allowed'); } catch (error) { told.push(error.code ?? error.cause?.code ?? error.name); }
      };
      const fs = await import('node:fs');
      await attempt(() => fs.readFileSync('/etc/hostname'));
      await attempt(() => fs.writeFileSync('${folder}/written', 'x'));
      const net = await import('node:net');
      await attempt(() => new Promise((resolve, reject) => net.connect(9, '127.0.0.1').on('connect', resolve).on('error', reject)));
      const { spawnSync } = await import('node:child_process');
      await attempt(() => { const done = spawnSync('/bin/true'); if (done.error) throw done.error; });
      const { Worker } = await import('node:worker_threads');
      await attempt(() => new Worker('0', { eval: true }));
      await attempt(() => eval('1'));
      told.push(String(Object.keys(process.env).length));
      send(6, JSON.stringify({ code: 'media-unreadable', reason: told.join(' ') }));`,
    );
    await using probe = new ProcessProbe({ processes: 1, command });
    delete process.env['CLEF_TEST_SECRET'];
    const denied = 'ERR_ACCESS_DENIED';
    expect(await failureOf(probe)).toBe(
      `media-unreadable: ${[denied, denied, denied, denied, denied, 'EvalError', '0'].join(' ')}`,
    );
  });
});

describe('a reader that a hostile file has taken over', () => {
  test.each([
    ['runs in circles', 'for (;;);', 'media-too-costly: reading it takes more time than is allowed'],
    ['never answers', '', 'media-too-costly: reading it takes more time than is allowed'],
    [
      'eats memory',
      'const all = []; for (;;) all.push(new Array(1e6).fill(all.length));',
      /^media-too-costly: .* memory/,
    ],
    [
      'eats memory outside of the heap',
      'const all = []; for (;;) all.push(Buffer.alloc(5e7, 1));',
      /^media-/,
    ],
    ['dies', 'process.exit(3);', 'media-unreadable: its reader broke down over it'],
    ['crashes', 'process.abort();', /^media-too-costly/],
    [
      'reads on and on',
      'setInterval(() => { const r = Buffer.alloc(12); r.writeUInt32BE(1000, 8); for (let i = 0; i < 99; i++) send(3, r); });',
      /^media-too-costly: .* time/,
    ],
    [
      'asks for what is not there',
      'const r = Buffer.alloc(12); r.writeUInt32BE(999_999, 8); send(3, r);',
      /^media-unreadable: .*does not have/,
    ],
    ['asks for nonsense', 'send(3, "x");', /./],
    ['announces an endless frame', 'process.stdout.write(Buffer.alloc(5, 0xff));', /impossible frame/],
    ['speaks no language', 'send(99, "x");', /no known kind/],
    ['answers no JSON', 'send(5, "{");', 'media-unreadable: its tags make no sense'],
    [
      'answers anything',
      'send(5, JSON.stringify({ tags: {}, audio: {} }));',
      'media-unreadable: its tags make no sense',
    ],
    [
      'fails with another code',
      'send(6, JSON.stringify({ code: "node-full", reason: "x" }));',
      'media-unreadable: its tags make no sense',
    ],
    [
      'fails with a message for the terminal',
      'send(6, JSON.stringify({ code: "media-unreadable", reason: "\\u001b[2J" }));',
      'media-unreadable: its tags make no sense',
    ],
  ])('that %s fails that file alone', async (name, program, expected) => {
    const command = await confined(name.replaceAll(' ', '-'), program);
    const thinkingMs = String(expected).includes('time') ? 700 : 20_000;
    await using probe = new ProcessProbe({ processes: 1, command, thinkingMs });
    const [first, second] = [await failureOf(probe), await failureOf(probe)];
    for (const failure of [first, second]) {
      if (typeof expected === 'string') expect(failure).toBe(expected);
      else expect(failure).toMatch(expected);
    }
  });

  test('cannot answer with a packet table that makes no sense or leaves its file', async () => {
    const answering = async (name: string, table: Uint8Array): Promise<ProcessProbe> => {
      const program = `send(8, Buffer.from('${Buffer.from(table).toString('hex')}', 'hex'));`;
      return new ProcessProbe({ processes: 1, command: await confined(name, program) });
    };
    const found = await inlineProbe().packetTable(good);
    if (!found) throw new Error('WAV has a table');
    const bytes = encodePacketTable(found);
    await using fine = await answering('table', bytes);
    expect(await fine.packetTable(good)).toEqual(found);
    await using beyond = await answering('beyond', bytes);
    await expect(beyond.packetTable(mediaOf(Buffer.alloc(8_000)))).rejects.toMatchObject({
      code: 'media-unreadable',
      message: 'its packets lie outside of it',
    });
    await using nonsense = await answering('nonsense', bytes.subarray(1));
    await expect(nonsense.packetTable(good)).rejects.toMatchObject({ code: 'media-unreadable' });
    await using tags = await answering('tags', bytes);
    await expect(tags.probe(good)).rejects.toMatchObject({ code: 'internal' });
  });

  test('cannot answer with more than the bounds of tags, nor with a cover that is none', async () => {
    const tags = bareTags;
    const audio = { durationMs: 1, codec: 'pcm', container: 'wav', mediaType: 'audio/wav', suffix: 'wav' };
    const answering = async (name: string, answer: unknown, cover: Buffer): Promise<ProcessProbe> => {
      const program = `send(4, Buffer.from('${cover.toString('hex')}', 'hex'));
        send(5, ${JSON.stringify(JSON.stringify(answer))});`;
      return new ProcessProbe({ processes: 1, command: await confined(name, program) });
    };
    const png = solidPng(4, [1, 2, 3]);
    await using fine = await answering('fine', { tags, audio, isCutShort: false }, png);
    expect((await fine.probe(good)).cover?.mediaType).toBe('image/png');
    await using script = await answering(
      'script',
      { tags, audio, isCutShort: false },
      Buffer.from('<script>'),
    );
    expect((await script.probe(good)).cover).toBeUndefined();
    const hostile = [
      { title: 'x\u0000' },
      { title: '\ud800' },
      { title: 'x'.repeat(1_001) },
      { genres: Array.from({ length: 65 }, () => 'x') },
      { discNumber: 1e300 },
      { extra: 1 },
      { replayGain: { trackGainDb: 'loud' } },
    ];
    for (const [i, change] of hostile.entries()) {
      await using probe = await answering(
        `hostile${i}`,
        { tags: { ...tags, ...change }, audio, isCutShort: false },
        png,
      );
      expect(await failureOf(probe)).toBe('media-unreadable: its tags make no sense');
    }
  });
});
