import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { fileOfPackage } from '../../../test/support/debian.ts';
import { ImportWorld, inlineProbe } from '../../../test/support/import-world.ts';
import { encodeMedia } from '../../../test/support/make-music.ts';
import { toneWav } from '../../../test/support/media-tags.ts';
import type { StoredAsset } from '../../catalog/index.ts';
import { createSqlCatalog, type SqlCatalog } from '../../catalog/sql/catalog.ts';
import { Database } from '../../catalog/sql/index.ts';
import { ClefError } from '../../core/index.ts';
import { type PacketCodec, parsePacketTable } from '../../playback/index.ts';
import { createFfmpegTranscoder } from '../../transcode/ffmpeg/transcoder.ts';
import type { Transcoder } from '../../transcode/index.ts';
import type { MediaProbe } from '../port.ts';
import { backfillTables } from './backfill.ts';
import { Preparation } from './preparation.ts';

const EVERYTHING: readonly PacketCodec[] = ['flac', 'mp3', 'aac', 'opus', 'vorbis', 'pcm'];

interface Tools {
  readonly probe?: MediaProbe;
  readonly transcoder?: Transcoder;
  readonly catalog?: SqlCatalog;
}

function preparationIn(world: ImportWorld, tools: Tools = {}): Preparation {
  return new Preparation({
    catalog: world.catalog,
    known: tools.catalog ?? world.catalog,
    reader: {
      async *read(asset, { startBytes, endBytes }) {
        yield (await world.open(asset)).slice(startBytes, endBytes);
      },
      release: () => undefined,
    },
    seal: world.seal,
    probe: inlineProbe(),
    transcoder: createFfmpegTranscoder(),
    now: () => world.nowMs++,
    ...tools,
  });
}

/** As an import of a time before packet tables left it. */
const withoutTables: MediaProbe = {
  ...inlineProbe(),
  packetTable: () => Promise.reject(new ClefError('internal', 'no tables yet')),
};

async function originalAt(world: ImportWorld, path: string): Promise<StoredAsset> {
  const original = await world.catalog.originalOf(await world.trackAt(path));
  if (!original) throw new Error(`no original for ${path}`);
  return original;
}

async function worldWith(files: Readonly<Record<string, Uint8Array>>, probe?: MediaProbe) {
  const world = await ImportWorld.create();
  for (const [name, bytes] of Object.entries(files)) await world.put(name, bytes);
  await world.import(probe ? { probe } : {});
  return world;
}

async function alac(world: ImportWorld): Promise<StoredAsset> {
  const path = join(world.base, 'made.m4a');
  await encodeMedia(path, { format: 'm4a-alac', seconds: 2, tags: { title: 'ALAC' } });
  await world.put('a.m4a', await readFile(path));
  await world.import();
  return originalAt(world, 'a.m4a');
}

describe('a packet table', () => {
  test('of an older import is made on demand, once however many ask', async () => {
    await using world = await worldWith({ 'a.wav': toneWav(0.2, 1) }, withoutTables);
    const original = await originalAt(world, 'a.wav');
    await using preparation = preparationIn(world);
    expect(await preparation.find(original, EVERYTHING)).toBeUndefined();
    await Promise.all(Array.from({ length: 5 }, () => preparation.prepare(original, EVERYTHING)));
    expect(world.sealed['packet-table']).toBe(1);
    const found = await preparation.find(original, EVERYTHING);
    expect(found?.audio).toEqual(original);
    expect(found && parsePacketTable(await world.open(found.table)).codec).toBe('pcm');
  });

  test('is made for all older imports in the background, and what fails is left for the next run', async () => {
    const files = Object.fromEntries([1, 2, 3].map((seed) => [`${seed}.wav`, toneWav(0.2, seed)]));
    await using world = await worldWith(files, withoutTables);
    const failures: unknown[] = [];
    const rests: number[] = [];
    const progress: string[] = [];
    const run = async (probe?: MediaProbe, signal = new AbortController().signal) => {
      await using preparation = preparationIn(world, probe ? { probe } : {});
      return await backfillTables({
        catalog: world.catalog,
        preparation,
        signal,
        now: () => world.nowMs,
        rest: async (workedMs) => void rests.push(workedMs),
        onFailure: (error) => failures.push(error),
        onProgress: ({ made, missing }) => progress.push(`${made}/${missing}`),
      });
    };
    let asked = 0;
    const failsOnce: MediaProbe = {
      ...inlineProbe(),
      packetTable: (media) =>
        ++asked === 2
          ? Promise.reject(new ClefError('node-offline', 'away'))
          : inlineProbe().packetTable(media),
    };
    expect(await run(failsOnce)).toBe(1);
    expect(failures).toHaveLength(1);
    expect(rests).toHaveLength(3);
    expect(progress).toEqual(['0/3', '1/2', '1/2', '2/1']);
    await expect(run(undefined, AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
    expect(await run()).toBe(0);
    expect(await run()).toBe(0);
    expect(world.sealed['packet-table']).toBe(3);
  });
});

describe('a rendition', () => {
  beforeEach((context) => void fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context));

  test('of ALAC is FLAC, sealed once with its own packet table, and found again', async () => {
    await using world = await ImportWorld.create();
    const original = await alac(world);
    await using preparation = preparationIn(world);
    await Promise.all([
      preparation.prepare(original, EVERYTHING),
      preparation.prepare(original, ['flac', 'pcm']),
    ]);
    expect(world.sealed.rendition).toBe(1);
    const found = await preparation.find(original, EVERYTHING);
    if (!found) throw new Error('no rendition');
    expect(found.audio).toMatchObject({ mediaType: 'audio/flac' });
    const flac = await world.open(found.audio);
    expect(new TextDecoder().decode(flac.subarray(0, 4))).toBe('fLaC');
    const table = parsePacketTable(await world.open(found.table));
    expect(table).toMatchObject({ codec: 'flac', sampleCount: 2 * table.sampleRateHz });
    // All of it goes with the track.
    const { assets } = await world.catalog.removeTrack(await world.trackAt('a.m4a'));
    expect([...assets]).toContain(found.audio.assetId);
    expect([...assets]).toContain(found.table.assetId);
  });

  test('comes back from the nodes alone', async () => {
    await using world = await ImportWorld.create();
    const original = await alac(world);
    await using preparation = preparationIn(world);
    await preparation.prepare(original, EVERYTHING);
    const before = await preparation.find(original, EVERYTHING);
    await using database = await Database.open({ file: ':memory:' });
    const catalog = createSqlCatalog(database);
    await world.adoptInto(catalog);
    await using other = preparationIn(world, { catalog });
    const after = await other.find(original, EVERYTHING);
    expect(after?.audio.assetId).toBe(before?.audio.assetId);
    expect(after?.table.assetId).toBe(before?.table.assetId);
  });

  test('is Opus where the device has no FLAC', async () => {
    await using world = await ImportWorld.create();
    const original = await alac(world);
    await using preparation = preparationIn(world);
    await preparation.prepare(original, ['opus', 'pcm']);
    expect((await preparation.find(original, ['opus']))?.audio).toMatchObject({ mediaType: 'audio/ogg' });
    expect(await preparation.find(original, ['flac'])).toBeUndefined();
  });

  test('that cannot be made is not tried again', async () => {
    await using world = await ImportWorld.create();
    const original = await alac(world);
    let tried = 0;
    const transcoder: Transcoder = {
      transcode: () => {
        tried++;
        return Promise.reject(new ClefError('media-unreadable', 'hostile'));
      },
    };
    await using preparation = preparationIn(world, { transcoder });
    for (let attempt = 0; attempt < 3; attempt++) {
      const failing = preparation.prepare(original, EVERYTHING);
      await expect(failing).rejects.toMatchObject({ code: 'media-unreadable' });
    }
    expect(tried).toBe(1);
  });

  test('is made once ffmpeg is there, after it was not', async () => {
    await using world = await ImportWorld.create();
    const original = await alac(world);
    {
      const transcoder = createFfmpegTranscoder({ programs: undefined });
      await using preparation = preparationIn(world, { transcoder });
      const failing = preparation.prepare(original, EVERYTHING);
      await expect(failing).rejects.toMatchObject({ code: 'transcoder-missing' });
    }
    await using preparation = preparationIn(world);
    await preparation.prepare(original, EVERYTHING);
    expect(await preparation.find(original, EVERYTHING)).toBeDefined();
  });

  test('under way ends with the server, and nothing of it is sealed', async () => {
    await using world = await ImportWorld.create();
    const original = await alac(world);
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const transcoder: Transcoder = {
      transcode: ({ signal }) =>
        new Promise((_, reject) => {
          start();
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const preparation = preparationIn(world, { transcoder });
    const failing = preparation.prepare(original, EVERYTHING);
    failing.catch(() => undefined);
    await started;
    await preparation[Symbol.asyncDispose]();
    await expect(failing).rejects.toMatchObject({ code: 'not-ready' });
    expect(world.sealed.rendition).toBe(0);
    expect(await world.catalog.companion(original.assetId, 'flac')).toBeUndefined();
  });
});
