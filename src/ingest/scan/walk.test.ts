import { chmod, mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isClefError } from '../../core/index.ts';
import { comparePathKeys } from './path-key.ts';
import type { Scope } from './scope.ts';
import { openLocalTree } from '../sources/local.ts';
import { type ScanEvent, type ScannedFile, walkSource } from './walk.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'clef-walk-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function put(path: string | Buffer, text = 'x'): Promise<void> {
  const bytes = Buffer.from(path);
  const whole = Buffer.concat([Buffer.from(`${root}/`), bytes]);
  await mkdir(whole.subarray(0, whole.lastIndexOf(0x2f)), { recursive: true });
  await writeFile(whole, text);
}

async function walk(scope?: Scope): Promise<ScanEvent[]> {
  return Array.fromAsync(walkSource(await openLocalTree(root, []), scope && { scope }));
}

async function files(): Promise<ScannedFile[]> {
  return (await walk()).flatMap((event) => (event.kind === 'file' ? [event.file] : []));
}

async function keys(): Promise<string[]> {
  return (await files()).map((file) => file.pathKey);
}

describe('walking a source', () => {
  test('yields audio files by path key in byte order, folders among them', async () => {
    const paths = [
      'a/b.mp3',
      'a-b.mp3',
      'a.flac',
      'a0.ogg',
      'Z.WAV',
      'a/b/c.m4a',
      'é.mp3',
      '\u{1f3b5}.opus',
      '\uff00.ogg',
    ];
    for (const path of paths) await put(path);
    await put('notes.txt');
    const found = await keys();
    expect(new Set(found)).toEqual(new Set(paths));
    expect(found).toEqual(found.toSorted(comparePathKeys));
  });

  test('hidden names, recycle bins and what is not music are left out', async () => {
    for (const path of [
      '.hidden.mp3',
      '.clef/x.mp3',
      '@eaDir/x.mp3',
      '.Trash-1000/x.mp3',
      '#recycle/x.mp3',
      'x.nfo',
    ]) {
      await put(path);
    }
    await put('kept.mp3');
    expect(await keys()).toEqual(['kept.mp3']);
  });

  test('names with newlines, emoji, percent signs, 255 bytes and broken encodings are found and opened', async () => {
    const longest = `${'ü'.repeat(125)}n.mp3`;
    expect(Buffer.byteLength(longest)).toBe(255);
    for (const name of ['line\nbreak.mp3', '🎵🎶.mp3', '50%.mp3', longest]) await put(name);
    await put(Buffer.from('caf\xe9.mp3', 'latin1'));
    const found = await files();
    expect(found.map((file) => file.pathKey)).toEqual(
      ['50%25.mp3', 'caf%E9.mp3', 'line\nbreak.mp3', longest, '🎵🎶.mp3'].toSorted(comparePathKeys),
    );
    for (const { path } of found) {
      expect((await stat(Buffer.concat([Buffer.from(`${root}/`), path]))).isFile()).toBe(true);
    }
  });

  test('links that go round in circles end, and what they lead to is found once', async () => {
    await put('album/one.mp3');
    await symlink('..', join(root, 'album', 'up'));
    await symlink('album', join(root, 'same'));
    await symlink(root, join(root, 'album', 'root'));
    await symlink('loop', join(root, 'loop'));
    await symlink('album/one.mp3', join(root, 'best.mp3'));
    expect(await keys()).toEqual(['album/one.mp3']);
  });

  test('links into hidden folders are followed, circles among them end', async () => {
    await put('.store/one.mp3');
    await symlink('.store', join(root, 'shown'));
    await symlink('../.store', join(root, '.store', 'again'));
    await symlink('.store/one.mp3', join(root, 'one.mp3'));
    const events = await walk();
    expect(events.filter((event) => event.kind === 'file').map((event) => event.file.pathKey)).toEqual([
      'one.mp3',
      'shown/one.mp3',
    ]);
    expect(events.filter((event) => event.kind === 'left-out').map((event) => event.pathKey)).toEqual([
      'shown/again',
    ]);
  });

  test('links out of the source, and links to nothing, are told', async () => {
    await symlink(tmpdir(), join(root, 'elsewhere'));
    await symlink('/etc/hostname', join(root, 'host.mp3'));
    await symlink('nowhere', join(root, 'gone.mp3'));
    const told = (await walk()).map((event) => [event.kind, event.kind === 'file' ? '' : event.pathKey]);
    expect(told).toEqual([
      ['left-out', 'elsewhere'],
      ['unreadable', 'gone.mp3'],
      ['left-out', 'host.mp3'],
    ]);
  });

  test('a folder that may not be read is told and stops nothing', async () => {
    await put('a/one.mp3');
    await put('locked/two.mp3');
    await put('z/three.mp3');
    await chmod(root, 0o755);
    await chmod(join(root, 'locked'), 0o000);
    // Root reads everything, so the test becomes nobody for a moment.
    const user = process.geteuid?.();
    if (user === 0) process.seteuid?.(65534);
    try {
      const events = await walk();
      expect(events.map((event) => (event.kind === 'file' ? event.file.pathKey : event))).toEqual([
        'a/one.mp3',
        { kind: 'unreadable', pathKey: 'locked', reason: 'permission denied' },
        'z/three.mp3',
      ]);
    } finally {
      if (user === 0) process.seteuid?.(0);
      await chmod(join(root, 'locked'), 0o755);
    }
  });

  test('the cover of a folder belongs to its files, and to those of its disc folders', async () => {
    await put('album/cover.png', 'png');
    await put('album/folder.jpg', 'jpg');
    await put('album/intro.mp3');
    await put('album/CD 1/one.mp3');
    await put('album/Disc 2/cover.jpg', 'other');
    await put('album/Disc 2/two.mp3');
    await put('album/extras/three.mp3');
    await put('empty/cover.jpg', '');
    await put('empty/four.mp3');
    const covers = (await files()).map((file) => [file.pathKey, file.coverPath?.toString()]);
    expect(covers).toEqual([
      ['album/CD 1/one.mp3', 'album/cover.png'],
      ['album/Disc 2/two.mp3', 'album/Disc 2/cover.jpg'],
      ['album/extras/three.mp3', undefined],
      ['album/intro.mp3', 'album/cover.png'],
      ['empty/four.mp3', undefined],
    ]);
  });

  test('lyrics beside a track are its own, and a new stamp of a sidecar is a new stamp of the track', async () => {
    await put('one.mp3');
    await put('two.mp3');
    const [plain] = await files();
    expect(plain?.stamp.sidecars).toBe('');
    await put('One.LRC', '[00:01.00]la');
    const [one, two] = await files();
    expect(one?.lyricsPath?.toString()).toBe('One.LRC');
    expect(two?.lyricsPath).toBeUndefined();
    expect(one?.stamp.sidecars).not.toBe('');
    await utimes(join(root, 'One.LRC'), 5, 5);
    const [later] = await files();
    expect(later?.stamp.sidecars).not.toBe(one?.stamp.sidecars);
    expect(later?.stamp.modifiedNs).toBe(one?.stamp.modifiedNs);
  });

  test('a pipe or a folder with the name of a song is not opened', async () => {
    await mkdir(join(root, 'folder.mp3'));
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [join(root, 'pipe.mp3')]);
    expect(await keys()).toEqual([]);
  });
});

describe('opening a source', () => {
  test('one that is missing or a file is source-missing', async () => {
    await put('file');
    for (const path of [join(root, 'nothing'), join(root, 'file')]) {
      const failure = await openLocalTree(path, []).catch((error: unknown) => error);
      expect(isClefError(failure, 'source-missing')).toBe(true);
      expect(String(failure)).not.toContain(root);
    }
  });

  test('one inside a folder of Clef, or around it, is refused, through links too', async () => {
    await put('music/x.mp3');
    await put('data/vault/x');
    await symlink(join(root, 'data', 'vault'), join(root, 'link'));
    const refused = async (source: string, own: string): Promise<boolean> =>
      isClefError(await openLocalTree(source, [own]).catch((error: unknown) => error), 'config-invalid');
    expect(await refused(join(root, 'data', 'vault'), join(root, 'data'))).toBe(true);
    expect(await refused(join(root, 'link'), join(root, 'data'))).toBe(true);
    expect(await refused(root, join(root, 'data'))).toBe(true);
    expect(await refused(join(root, 'data'), join(root, 'data'))).toBe(true);
    expect(await refused(join(root, 'music'), join(root, 'mus'))).toBe(false);
    expect(await refused(join(root, 'music'), join(root, 'data'))).toBe(false);
  });
});
