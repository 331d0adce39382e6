import { describe, expect, test } from 'vitest';
import { ImportWorld, inlineProbe, NOBODY } from '../../test/support/import-world.ts';
import { solidPng, toneWav } from '../../test/support/media-tags.ts';
import { uploadId } from '../../test/support/upload-world.ts';
import { sameBytes } from '../../test/support/vault.ts';
import { asBytes, ClefError } from '../core/index.ts';
import type { ReadableMedia } from './port.ts';

const signal = new AbortController().signal;

function song(seed: number, tags: Record<string, string> = {}): Uint8Array {
  return toneWav(0.2, seed, { INAM: `Song ${seed}`, IART: 'Artist', IPRD: 'Album', ...tags });
}

function media(bytes: Uint8Array): ReadableMedia {
  return {
    lengthBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

function upload(number: number, name = `sent ${number}.wav`) {
  return { id: uploadId(number), name };
}

describe('an upload', () => {
  test('becomes a track, byte for byte, with its tags and its packet table', async () => {
    await using world = await ImportWorld.create();
    const bytes = song(1);
    const imported = await world.uploads().import(upload(1), media(bytes), signal);
    if (imported.kind !== 'added') throw new Error(`it was ${imported.kind}`);
    const [track] = await world.catalog.tracks([imported.trackId], NOBODY);
    expect(track).toMatchObject({ title: 'Song 1', displayArtist: 'Artist', album: 'Album' });
    expect(track).not.toHaveProperty('sourceMissingSinceMs');
    const original = await world.catalog.originalOf(imported.trackId);
    if (!original) throw new Error('a track has an original');
    expect(sameBytes(await world.open(original), bytes)).toBe(true);
    expect(await world.catalog.companion(original.assetId, 'packet-table')).toHaveProperty('asset');
  });

  test('joins the album that its tags name, beside files of a source', async () => {
    await using world = await ImportWorld.create();
    await world.put('album/1.wav', song(1));
    await world.import();
    await world.uploads().import(upload(2), media(song(2)), signal);
    expect(await world.catalog.counts()).toMatchObject({ tracks: 2, albums: 1 });
  });

  test('without a title is called as its file', async () => {
    await using world = await ImportWorld.create();
    const bytes = toneWav(0.2, 3, {});
    const imported = await world.uploads().import(upload(1, 'Ein Lied.wav'), media(bytes), signal);
    if (imported.kind !== 'added') throw new Error(`it was ${imported.kind}`);
    expect(await world.catalog.tracks([imported.trackId], NOBODY)).toMatchObject([{ title: 'Ein Lied' }]);
  });

  test('of bytes that are there already is told, and nothing is sealed', async () => {
    await using world = await ImportWorld.create();
    await world.put('1.wav', song(1));
    await world.import();
    const sealed = { ...world.sealed };
    const imported = await world.uploads().import(upload(1), media(song(1)), signal);
    expect(imported).toEqual({ kind: 'duplicate', trackId: await world.trackAt('1.wav') });
    expect(world.sealed).toEqual(sealed);
  });

  test('is known to a scan that meets the same file later', async () => {
    await using world = await ImportWorld.create();
    const imported = await world.uploads().import(upload(1), media(song(1)), signal);
    await world.put('1.wav', song(1));
    expect(await world.import()).toMatchObject({ tracksAdded: 0, duplicates: 1 });
    expect(imported).toEqual({ kind: 'added', trackId: await world.trackAt('1.wav') });
  });

  test('that comes while a scan imports the same file is sealed once', async () => {
    await using world = await ImportWorld.create();
    for (let seed = 1; seed <= 6; seed++) await world.put(`${seed}.wav`, song(seed));
    const importer = world.uploads();
    await Promise.all([
      world.import(),
      ...[1, 2, 3, 4, 5, 6].map((seed) => importer.import(upload(seed), media(song(seed)), signal)),
      ...[1, 2, 3].map((seed) => importer.import(upload(seed + 10), media(song(seed)), signal)),
    ]);
    expect(await world.catalog.counts()).toMatchObject({ tracks: 6 });
    expect(world.sealed.original).toBe(6);
  });

  test('killed after the catalogue had it is the same track when it runs again', async () => {
    await using world = await ImportWorld.create();
    const first = await world.uploads().import(upload(1), media(song(1)), signal);
    expect(await world.uploads().import(upload(1), media(song(1)), signal)).toEqual(first);
    expect(await world.uploads().import(upload(2), media(song(1)), signal)).toEqual({
      ...first,
      kind: 'duplicate',
    });
  });

  test('brings back what a person had removed', async () => {
    await using world = await ImportWorld.create();
    const first = await world.uploads().import(upload(1), media(song(1)), signal);
    if (first.kind === 'refused') throw new Error(first.reason);
    await world.catalog.removeTrack(first.trackId);
    const second = await world.uploads().import(upload(2), media(song(1)), signal);
    expect(second).toMatchObject({ kind: 'added' });
    expect(second).not.toEqual(first);
    expect(await world.catalog.counts()).toMatchObject({ tracks: 1 });
  });

  test('has its cover from the vault of now, though one importer brought it in before', async () => {
    await using world = await ImportWorld.create();
    const inline = inlineProbe();
    const picture = solidPng(4, [200, 30, 60]);
    const importer = world.uploads({
      probe: {
        ...inline,
        probe: async (content, stop) => ({
          ...(await inline.probe(content, stop)),
          cover: { bytes: asBytes(picture), mediaType: 'image/png' },
        }),
      },
    });
    let sent = 0;
    const coverOfNext = async () => {
      const imported = await importer.import(upload(++sent), media(song(sent)), signal);
      if (imported.kind !== 'added') throw new Error(`it was ${imported.kind}`);
      const [track] = await world.catalog.tracks([imported.trackId], NOBODY);
      const cover = track?.coverAssetId && (await world.catalog.asset(track.coverAssetId));
      if (!cover) throw new Error('the track has no cover');
      expect(sameBytes(await world.open(cover), picture)).toBe(true);
      return { trackId: imported.trackId, cover };
    };
    const first = await coverOfNext();
    expect((await coverOfNext()).cover).toEqual(first.cover);
    world.rotate();
    await world.reseal();
    const third = await coverOfNext();
    expect(third.cover.epoch).toBe(2);
    for (const { id } of await world.catalog.everyTrack({ offset: 0, count: 100 }, NOBODY)) {
      for (const asset of (await world.catalog.removeTrack(id)).assets)
        await world.catalog.forgetAsset(asset);
    }
    expect((await coverOfNext()).cover.assetId).not.toBe(third.cover.assetId);
  });

  test('that is no music is refused, with the reason', async () => {
    await using world = await ImportWorld.create();
    const importer = world.uploads();
    for (const bytes of [
      solidPng(4, [1, 2, 3]),
      new TextEncoder().encode('hello'),
      song(1).subarray(0, 30),
    ]) {
      expect(await importer.import(upload(1), media(bytes), signal)).toMatchObject({
        kind: 'refused',
        code: 'media-unreadable',
        reason: expect.stringMatching(/./),
      });
    }
    expect(world.sealed.original).toBe(0);
  });

  test('whose bytes do not open any more is refused, and says to send it again', async () => {
    await using world = await ImportWorld.create();
    const broken: ReadableMedia = {
      lengthBytes: 100,
      read: async () => {
        throw new ClefError('decryption-failed', 'sealed bytes do not open');
      },
    };
    expect(await world.uploads().import(upload(1), broken, signal)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('send it again'),
    });
  });

  test('that does not read back as it was is not in the library', async () => {
    await using world = await ImportWorld.create();
    const importer = world.uploads({
      reader: {
        async *read(asset) {
          yield asBytes(new Uint8Array(asset.lengthBytes));
        },
        release: () => undefined,
      },
    });
    await expect(importer.import(upload(1), media(song(1)), signal)).rejects.toMatchObject({
      code: 'vault-asset-lost',
    });
    expect(await world.catalog.counts()).toMatchObject({ tracks: 0 });
  });

  test('rejects with what is no fault of the file', async () => {
    await using world = await ImportWorld.create();
    const full = new ClefError('node-full', 'no space is left');
    const importer = world.uploads({ seal: () => Promise.reject(full) });
    await expect(importer.import(upload(1), media(song(1)), signal)).rejects.toBe(full);
    const stopping = new AbortController();
    const slow = world.uploads({
      probe: {
        ...inlineProbe(),
        probe: async () => {
          stopping.abort(new ClefError('not-ready', 'the server is stopping'));
          throw new ClefError('media-unreadable', 'its reader was killed');
        },
      },
    });
    await expect(slow.import(upload(2), media(song(2)), stopping.signal)).rejects.toThrow();
    expect(world.beingSealed.wait('')).toBeUndefined();
  });
});
