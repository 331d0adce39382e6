import { chmod, copyFile, readFile, rename, symlink, utimes } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ImportWorld, inlineProbe, NOBODY } from '../../test/support/import-world.ts';
import { solidPng, toneWav } from '../../test/support/media-tags.ts';
import { fileOfPackage } from '../../test/support/debian.ts';
import { leaseDatabase } from '../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../test/support/start-mariadb.ts';
import { memoryNodes } from '../../test/support/vault.ts';
import { Database } from '../catalog/sql/index.ts';
import { isClefError } from '../core/index.ts';
import type { ImportProgress } from './index.ts';
import { openLocalTree } from './sources/local.ts';

function song(seed: number, title = `Song ${seed}`, album = 'Album'): Buffer {
  return toneWav(0.2, seed, { INAM: title, IART: 'Artist', IPRD: album, ITRK: String(seed % 100) });
}

async function fill(world: ImportWorld, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await world.put(`album/${String(i).padStart(2, '0')}.wav`, song(i));
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  return isClefError(error) ? error.code : String(error);
}

describe('a first import', () => {
  test('brings every file in, with its tags and byte for byte', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 12);
    await world.put('🎵 line\nbreak 100%.wav', song(50, 'Ünïcode'));
    await world.put('untitled track.wav', toneWav(0.2, 51));
    const report = await world.import();
    expect(report).toMatchObject({ tracksAdded: 14, unchanged: 0, failures: [], notes: [] });
    expect(await world.inVault()).toEqual(
      new Map([...(await world.onDisk())].map(([path, hash]) => [path.replace('%', '%25'), hash])),
    );
    const { track } = await world.file('album/03.wav');
    expect(track).toMatchObject({
      title: 'Song 3',
      displayArtist: 'Artist',
      album: 'Album',
      trackNumber: 3,
      durationMs: 200,
      mediaType: 'audio/wav',
      suffix: 'wav',
      lengthBytes: song(3).length,
    });
    expect((await world.file('untitled track.wav')).track?.title).toBe('untitled track');
  });

  test('into MariaDB names a file whose path is too long for it, and brings the others in', async (context) => {
    fileOfPackage('mariadb-server', MARIADBD, context);
    await using lease = await leaseDatabase();
    await using world = await ImportWorld.create(memoryNodes(1), await Database.connect(lease.address));
    const deep = Array.from({ length: 4 }, () => 'd'.repeat(200)).join('/');
    await fill(world, 2);
    await world.put(`${deep}/lost.wav`, song(9));
    const report = await world.import();
    expect(report).toMatchObject({ tracksAdded: 2, failures: [] });
    const reason = 'its path is longer than the 600 characters that the catalogue takes';
    expect(report.notes).toMatchObject([{ code: 'left-out', reason }]);
    expect(await world.import()).toMatchObject({ tracksAdded: 0, unchanged: 2 });
  });

  test('tells how far it is, never backwards, and ends complete', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 6);
    const seen: ImportProgress[] = [];
    await world.import({ onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1);
    expect(last).toMatchObject({
      phase: 'finishing',
      filesDone: 6,
      filesTotal: 6,
      tracksAdded: 6,
      failures: 0,
    });
    expect(last?.bytesDone).toBe(last?.bytesTotal);
    expect(seen.map(({ filesDone }) => filesDone)).toEqual(
      seen.map(({ filesDone }) => filesDone).toSorted((a, b) => a - b),
    );
  });

  test('a source that is inside of what Clef keeps is refused', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 1);
    expect(await failureOf(world.import({ privateFolders: [world.base] }))).toBe('config-invalid');
    expect(await failureOf(world.import({ privateFolders: [world.path('album')] }))).toBe('config-invalid');
    expect((await world.files()).size).toBe(0);
  });
});

describe('a second import', () => {
  test('does not open what has the stamp of before', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await utimes(world.path('album/02.wav'), 1_000, 1_000);
    await world.import();
    const { row } = await world.file('album/02.wav');
    // Other bytes under the old stamp: only opening the file would tell.
    const other = Buffer.from(song(2));
    other.writeUInt8(99, other.length - 1);
    await world.put('album/02.wav', other);
    await utimes(world.path('album/02.wav'), 1_000, 1_000);
    expect(await world.import()).toMatchObject({ unchanged: 5, tracksChanged: 0 });
    expect((await world.file('album/02.wav')).row).toEqual(row);
  });

  test('without any change probes and seals nothing', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.import();
    const before = { ...world.sealed, probed: world.probed };
    expect(await world.import()).toMatchObject({
      unchanged: 5,
      tracksAdded: 0,
      tracksChanged: 0,
      missing: 0,
    });
    expect({ ...world.sealed, probed: world.probed }).toEqual(before);
  });

  test('reads a file with a new stamp and the same bytes, and leaves its track alone', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.import();
    const before = { ...world.sealed, probed: world.probed };
    await utimes(world.path('album/02.wav'), 1_000, 1_000);
    expect(await world.import()).toMatchObject({ unchanged: 5, tracksChanged: 0 });
    expect({ ...world.sealed, probed: world.probed }).toEqual(before);
    expect((await world.file('album/02.wav')).row.modifiedNs).toBe('1000000000000');
  });
});

describe('a file that was edited', () => {
  test.each(['in place', 'by exchange'] as const)(
    '%s keeps its id, with its new bytes and tags',
    async (how) => {
      await using world = await ImportWorld.create();
      await fill(world, 5);
      await world.import();
      const id = await world.trackAt('album/02.wav');
      const edited = song(2, 'A better title', 'Another album');
      if (how === 'in place') await world.put('album/02.wav', edited);
      else await world.exchange('album/02.wav', edited);
      expect(await world.import()).toMatchObject({
        tracksChanged: 1,
        unchanged: 4,
        tracksAdded: 0,
        missing: 0,
      });
      const { row, track } = await world.file('album/02.wav');
      expect(row.trackId).toBe(id);
      expect(track).toMatchObject({ title: 'A better title', album: 'Another album' });
      expect(await world.inVault()).toEqual(await world.onDisk());
    },
  );

  test('and renamed at once keeps its id by its inode', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 6);
    await world.import();
    const id = await world.trackAt('album/02.wav');
    await world.move('album/02.wav', 'elsewhere/renamed.wav');
    await world.put('elsewhere/renamed.wav', song(2, 'Renamed'));
    expect(await world.import()).toMatchObject({ tracksChanged: 1, tracksAdded: 0, missing: 0 });
    expect(await world.trackAt('elsewhere/renamed.wav')).toBe(id);
    expect((await world.files()).has('album/02.wav')).toBe(false);
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('into something unreadable keeps what was sealed, and is told', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.import();
    await world.put('album/02.wav', 'not music any more');
    const report = await world.import();
    expect(report.failures).toEqual([
      {
        pathForPeople: 'album/02.wav',
        code: 'media-unreadable',
        reason: expect.stringContaining('not audio'),
      },
    ]);
    expect(Buffer.from(await world.originalAt('album/02.wav')).equals(song(2))).toBe(true);
    expect((await world.file('album/02.wav')).track?.sourceMissingSinceMs).toBeUndefined();
  });
});

describe('a file that was moved', () => {
  test('keeps its id: renamed, in another folder, or copied there and deleted', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 6);
    await world.import();
    const ids = await Promise.all([1, 2, 3].map((i) => world.trackAt(`album/0${i}.wav`)));
    const before = { ...world.sealed, probed: world.probed };
    await world.move('album/01.wav', 'album/renamed.wav');
    await world.move('album/02.wav', 'deep/er/02.wav');
    await copyFile(world.path('album/03.wav'), world.path('album/copied.wav'));
    await world.remove('album/03.wav');
    expect(await world.import()).toMatchObject({ tracksMoved: 3, tracksAdded: 0, missing: 0, unchanged: 3 });
    const paths = ['album/renamed.wav', 'deep/er/02.wav', 'album/copied.wav'];
    expect(await Promise.all(paths.map((path) => world.trackAt(path)))).toEqual(ids);
    expect({ ...world.sealed, probed: world.probed }).toEqual(before);
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('with its whole folder is no loss', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 10);
    await world.import();
    const id = await world.trackAt('album/07.wav');
    await rename(world.path('album'), world.path('renamed album'));
    expect(await world.import()).toMatchObject({ tracksMoved: 10, missing: 0 });
    expect(await world.trackAt('renamed album/07.wav')).toBe(id);
  });

  test.each([
    ['', {}],
    [' though the changes are too many to remember', { mostKept: 0 }],
  ])('ids follow the music when an album is numbered anew%s', async (_, options) => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.import();
    const ids = await Promise.all([1, 2, 3, 4, 5].map((i) => world.trackAt(`album/0${i}.wav`)));
    for (let i = 5; i >= 1; i--) await world.move(`album/0${i}.wav`, `album/0${i + 1}.wav`);
    await world.put('album/01.wav', song(99, 'A new opening'));
    const report = await world.import(options);
    expect(report).toMatchObject({ tracksMoved: 5, tracksAdded: 1, tracksChanged: 0, missing: 0 });
    expect(await Promise.all([2, 3, 4, 5, 6].map((i) => world.trackAt(`album/0${i}.wav`)))).toEqual(ids);
    expect(ids).not.toContain(await world.trackAt('album/01.wav'));
    expect((await world.files()).size).toBe(6);
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('two that changed places keep their ids', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.import();
    const [one, two] = [await world.trackAt('album/01.wav'), await world.trackAt('album/02.wav')];
    await world.move('album/01.wav', 'aside.wav');
    await world.move('album/02.wav', 'album/01.wav');
    await world.move('aside.wav', 'album/02.wav');
    expect(await world.import()).toMatchObject({
      tracksMoved: 2,
      tracksAdded: 0,
      tracksChanged: 0,
      missing: 0,
    });
    expect([await world.trackAt('album/02.wav'), await world.trackAt('album/01.wav')]).toEqual([one, two]);
    expect((await world.files()).size).toBe(5);
  });

  test('whose place another took is found again years later', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 10);
    await world.import();
    const id = await world.trackAt('album/01.wav');
    await copyFile(world.path('album/02.wav'), world.path('album/01.wav'));
    await world.remove('album/02.wav');
    await world.import();
    expect((await world.catalog.tracks([id], NOBODY))[0]?.sourceMissingSinceMs).toBeDefined();
    await world.put('found/again.wav', song(1));
    expect(await world.import()).toMatchObject({ tracksMoved: 1, tracksAdded: 0 });
    expect(await world.trackAt('found/again.wav')).toBe(id);
    expect((await world.catalog.tracks([id], NOBODY))[0]?.sourceMissingSinceMs).toBeUndefined();
  });
});

describe('duplicates', () => {
  test('are sealed once, told, and keep the track while one of them is there', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 9);
    await world.put('copies/a.wav', song(1));
    await world.put('copies/b.wav', song(1));
    const report = await world.import({ concurrency: 8 });
    expect(report).toMatchObject({ tracksAdded: 9, duplicates: 2 });
    expect(report.notes.map(({ code }) => code)).toEqual(['duplicate', 'duplicate']);
    expect(world.sealed.original).toBe(9);
    const id = await world.trackAt('copies/a.wav');
    expect(await world.trackAt('album/01.wav')).toBe(id);
    await world.remove('album/01.wav');
    await world.remove('copies/b.wav');
    await world.import();
    const { track } = await world.file('copies/a.wav');
    expect(track?.sourceMissingSinceMs).toBeUndefined();
  });

  test('in parallel, many at once, are one track', async () => {
    await using world = await ImportWorld.create();
    for (let i = 0; i < 20; i++) await world.put(`copy ${i}.wav`, song(1));
    expect(await world.import({ concurrency: 16 })).toMatchObject({ tracksAdded: 1, duplicates: 19 });
    expect(world.sealed.original).toBe(1);
    expect(new Set([...(await world.files()).values()].map(({ row }) => row.trackId)).size).toBe(1);
  });

  test('one that is edited becomes a track of its own', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.put('copy.wav', song(1));
    await world.import();
    const id = await world.trackAt('album/01.wav');
    await world.put('copy.wav', song(1, 'Edited copy'));
    expect(await world.import()).toMatchObject({ tracksAdded: 1, tracksChanged: 0 });
    expect(await world.trackAt('album/01.wav')).toBe(id);
    expect(await world.trackAt('copy.wav')).not.toBe(id);
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('a copy that was made before its original was edited is another track', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    await world.import();
    const id = await world.trackAt('album/01.wav');
    await copyFile(world.path('album/01.wav'), world.path('a backup.wav'));
    await world.put('album/01.wav', song(1, 'Edited original'));
    await world.import();
    expect(await world.trackAt('album/01.wav')).toBe(id);
    expect(await world.trackAt('a backup.wav')).not.toBe(id);
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('a link to a track of the same source adds nothing', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 2);
    await symlink(world.path('album/01.wav'), world.path('best.wav'));
    expect(await world.import()).toMatchObject({ tracksAdded: 2, duplicates: 0 });
  });
});

describe('files that are gone', () => {
  test('are missing, stay sealed, and come back as they were', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 10);
    await world.import();
    const id = await world.trackAt('album/05.wav');
    await world.move('album/05.wav', '../aside.wav');
    expect(await world.import()).toMatchObject({ missing: 1, unchanged: 9 });
    expect((await world.file('album/05.wav')).track?.sourceMissingSinceMs).toBeDefined();
    expect(Buffer.from(await world.originalAt('album/05.wav')).equals(song(5))).toBe(true);
    expect(await world.import()).toMatchObject({ missing: 0, unchanged: 9 });
    await world.move('../aside.wav', 'album/05.wav');
    const before = { ...world.sealed, probed: world.probed };
    await world.import();
    expect({ ...world.sealed, probed: world.probed }).toEqual(before);
    const { row, track } = await world.file('album/05.wav');
    expect(row.trackId).toBe(id);
    expect(track?.sourceMissingSinceMs).toBeUndefined();
  });

  test('a fifth of them is believed, more is not without a yes', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 10);
    await world.import();
    await world.remove('album/01.wav');
    await world.remove('album/02.wav');
    expect(await world.import()).toMatchObject({ missing: 2 });
    for (const name of ['03', '04']) await world.remove(`album/${name}.wav`);
    await world.put('album/new.wav', song(77));
    const sealed = world.sealed.original;
    expect(await failureOf(world.import())).toBe('source-shrunk');
    expect(world.sealed.original).toBe(sealed);
    expect((await world.file('album/03.wav')).row.missingSinceMs).toBeUndefined();
    expect(await world.import({ acceptLoss: true })).toMatchObject({ missing: 2, tracksAdded: 1 });
    expect((await world.file('album/03.wav')).row.missingSinceMs).toBeDefined();
  });

  test('an emptied folder, as of a disk that is not mounted, loses nothing', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 3);
    await world.import();
    await world.remove('album');
    const error: unknown = await world.import().catch((reason: unknown) => reason);
    expect(isClefError(error, 'source-shrunk')).toBe(true);
    expect(String(error)).toContain('not mounted');
    for (const { track } of (await world.files()).values())
      expect(track?.sourceMissingSinceMs).toBeUndefined();
  });

  test.each(['before the last look', 'between the last look and the marking'])(
    'a disk that is unmounted late in a large import, %s, loses nothing',
    async (when) => {
      await using world = await ImportWorld.create();
      await fill(world, 20);
      await world.import();
      await world.remove('album/01.wav');
      await world.put('album/new.wav', song(77));
      let walks = 0;
      const openTree = async () => {
        const tree = await openLocalTree(world.folder, []);
        return Object.assign(Object.create(tree) as typeof tree, {
          list: async (folder: Buffer) => {
            // The walks of the survey and of the work come before.
            if (folder.length === 0 && ++walks === (when.startsWith('before') ? 3 : 4)) {
              await world.remove('album');
            }
            return tree.list(folder);
          },
        });
      };
      expect(await failureOf(world.import({ mostKept: 0, openTree }))).toBe('source-shrunk');
      expect(walks).toBeGreaterThanOrEqual(3);
      const missing = [...(await world.files()).values()].filter(
        ({ row }) => row.missingSinceMs !== undefined,
      );
      // Never more than were believed to be gone.
      expect(missing.length).toBeLessThanOrEqual(1);
      expect((await world.files()).has('album/new.wav')).toBe(true);
    },
  );

  test('a folder that may not be read for once keeps its tracks', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 4);
    await world.put('open.wav', song(9));
    await world.import();
    await chmod(world.base, 0o755);
    await chmod(world.path('album'), 0o000);
    // Root reads everything, so the test becomes nobody for a moment.
    const user = process.geteuid?.();
    if (user === 0) process.seteuid?.(65534);
    try {
      const report = await world.import();
      expect(report).toMatchObject({ missing: 0, unchanged: 1 });
      expect(report.failures).toEqual([
        { pathForPeople: 'album', code: 'media-unreadable', reason: 'permission denied' },
      ]);
    } finally {
      if (user === 0) process.seteuid?.(0);
      await chmod(world.path('album'), 0o755);
    }
    for (const { track } of (await world.files()).values())
      expect(track?.sourceMissingSinceMs).toBeUndefined();
  });

  test('a source that is away is source-missing, and with a yes all its files are gone', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 3);
    await world.import();
    await rename(world.folder, `${world.folder}-away`);
    expect(await failureOf(world.import())).toBe('source-missing');
    for (const { row } of (await world.files()).values()) expect(row.missingSinceMs).toBeUndefined();
    expect(await world.import({ acceptLoss: true })).toMatchObject({ missing: 3 });
    await rename(`${world.folder}-away`, world.folder);
    expect(await world.import()).toMatchObject({ missing: 0, tracksAdded: 0 });
    for (const { track } of (await world.files()).values())
      expect(track?.sourceMissingSinceMs).toBeUndefined();
  });
});

describe('files of bad content or name', () => {
  test('are told one by one with a reason, and stop nothing', async () => {
    await using world = await ImportWorld.create();
    const whole = song(7);
    await world.put('empty.mp3', '');
    await world.put('text.mp3', 'I am a text file\n'.repeat(1000));
    await world.put('wav named.flac', song(1, 'A WAV'));
    await world.put('cut.wav', whole.subarray(0, whole.length / 2));
    await world.put('header.wav', whole.subarray(0, 20));
    await world.put('hostile.flac', Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(5_000, 0xff)]));
    await world.put('line\nbreak\u001b[2J.ogg', 'OggS and nothing');
    await world.put('good.wav', song(2));
    const report = await world.import();
    expect(report.tracksAdded).toBe(3);
    expect(report.failures.map(({ pathForPeople }) => pathForPeople)).toEqual([
      'empty.mp3',
      'header.wav',
      'hostile.flac',
      'line\\nbreak\\u{1b}[2J.ogg',
      'text.mp3',
    ]);
    expect(report.failures.every(({ reason }) => reason.length > 10)).toBe(true);
    expect(report.notes).toEqual([expect.objectContaining({ pathForPeople: 'cut.wav', code: 'cut-short' })]);
    const { track } = await world.file('wav named.flac');
    expect(track).toMatchObject({ mediaType: 'audio/wav', suffix: 'wav', title: 'A WAV' });
    expect(Buffer.from(await world.originalAt('cut.wav')).equals(whole.subarray(0, whole.length / 2))).toBe(
      true,
    );
    expect(await world.import()).toMatchObject({ tracksAdded: 0, unchanged: 3, failureCount: 5 });
  });
});

describe('covers and lyrics', () => {
  const red = solidPng(16, [200, 0, 0]);
  const blue = solidPng(16, [0, 0, 200]);

  async function coverAt(world: ImportWorld, path: string): Promise<Buffer | undefined> {
    const id = (await world.file(path)).track?.coverAssetId;
    const asset = id === undefined ? undefined : await world.catalog.asset(id);
    return asset && Buffer.from(await world.open(asset));
  }

  test('a folder cover is sealed once for its whole album', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 10);
    await world.put('album/cover.png', red);
    await world.put('other/01.wav', song(80, 'x', 'Other'));
    await world.put('other/folder.jpg', red);
    await world.import({ concurrency: 8 });
    expect(world.sealed.cover).toBe(1);
    expect((await coverAt(world, 'album/05.wav'))?.equals(red)).toBe(true);
    expect((await coverAt(world, 'other/01.wav'))?.equals(red)).toBe(true);
  });

  test('one that comes or changes later arrives, without sealing the music again', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 3);
    await world.import();
    const id = await world.trackAt('album/01.wav');
    const originals = world.sealed.original;
    await world.put('album/cover.png', red);
    expect(await world.import()).toMatchObject({ tracksChanged: 3, tracksAdded: 0 });
    expect((await coverAt(world, 'album/01.wav'))?.equals(red)).toBe(true);
    await world.put('album/cover.png', blue);
    await utimes(world.path('album/cover.png'), 5, 5);
    await world.import();
    expect((await coverAt(world, 'album/01.wav'))?.equals(blue)).toBe(true);
    await world.remove('album/cover.png');
    await world.import();
    expect(await coverAt(world, 'album/01.wav')).toBeUndefined();
    expect(await world.trackAt('album/01.wav')).toBe(id);
    expect(world.sealed.original).toBe(originals);
    expect(await world.import()).toMatchObject({ unchanged: 3, tracksChanged: 0 });
  });

  test('lyrics beside a track belong to it', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 2);
    await world.put('album/01.lrc', '[00:00.10]La\n[00:00.20]La la');
    await world.import();
    expect(await world.catalog.lyricsOf(await world.trackAt('album/01.wav'))).toEqual([
      {
        language: 'xxx',
        synced: true,
        lines: [
          { startMs: 100, text: 'La' },
          { startMs: 200, text: 'La la' },
        ],
      },
    ]);
    expect(await world.catalog.lyricsOf(await world.trackAt('album/02.wav'))).toEqual([]);
    await world.put('album/01.lrc', 'Just words');
    await utimes(world.path('album/01.lrc'), 5, 5);
    await world.import();
    expect((await world.catalog.lyricsOf(await world.trackAt('album/01.wav')))[0]?.synced).toBe(false);
  });

  test('a cover or lyrics file that is a link, or far too large, is left alone', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 2);
    await world.put('../outside.png', red);
    await symlink(world.path('../outside.png'), world.path('album/cover.png'));
    await world.put('album/01.lrc', 'x\n'.repeat(1_000_000));
    expect(await world.import()).toMatchObject({ tracksAdded: 2, failures: [] });
    expect(await coverAt(world, 'album/01.wav')).toBeUndefined();
    expect(await world.catalog.lyricsOf(await world.trackAt('album/01.wav'))).toEqual([]);
  });

  test('a picture that is none is no cover', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 1);
    await world.put('album/cover.jpg', '<script>');
    await world.import();
    expect(await coverAt(world, 'album/01.wav')).toBeUndefined();
    expect(world.sealed.cover).toBe(0);
  });
});

describe('a file that changes while it is read', () => {
  test('is read once more', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    let isFirst = true;
    const report = await world.import({
      seal: async (input) => {
        if (isFirst) {
          isFirst = false;
          await world.put('a.wav', song(1, 'Changed'));
        }
        return world.seal(input);
      },
    });
    expect(report).toMatchObject({ tracksAdded: 1, failures: [] });
    expect((await world.file('a.wav')).track?.title).toBe('Changed');
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('and changes again is told, and leaves nothing', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', song(1));
    await world.put('b.wav', toneWav(0.4, 2));
    let version = 0;
    const report = await world.import({
      seal: async (input) => {
        // Of the same length each time, so that only the bytes tell.
        const isFirstFile = input.kind !== 'packet-table' && input.lengthBytes < toneWav(0.4, 2).length;
        if (isFirstFile) await world.put('a.wav', song(1, `Changed ${++version}`));
        return world.seal(input);
      },
    });
    expect(report.failures).toMatchObject([{ pathForPeople: 'a.wav', code: 'vault-source-changed' }]);
    expect(await world.import()).toMatchObject({ tracksAdded: 1, failures: [] });
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('while its tags are read is read once more, not called broken', async () => {
    await using world = await ImportWorld.create();
    await world.put('a.wav', 'the first half of');
    const inline = inlineProbe();
    const report = await world.import({
      probe: {
        ...inline,
        probe: async (media, signal) => {
          await world.put('a.wav', song(1));
          return inline.probe(media, signal);
        },
      },
    });
    expect(report).toMatchObject({ tracksAdded: 1, failures: [] });
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('or vanishes is left to the next scan', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 5);
    let seen = 0;
    const report = await world.import({
      onProgress: ({ phase }) => {
        if (phase === 'importing' && ++seen === 1) void world.remove('album/05.wav');
      },
      concurrency: 1,
    });
    expect(report.failures).toEqual([]);
    expect(report.tracksAdded).toBeGreaterThanOrEqual(4);
  });
});

test('what a scan tells of a broken file does not name the machine', async () => {
  await using world = await ImportWorld.create();
  await world.put('empty.mp3', '');
  const report = await world.import();
  expect(JSON.stringify(report)).not.toContain(world.base);
  expect((await readFile(world.path('empty.mp3'))).length).toBe(0);
});
