import { describe, expect, test } from 'vitest';
import { isClefError } from '../../src/core/index.ts';
import { walkSource } from '../../src/ingest/scan/walk.ts';
import type { SourceTree } from '../../src/ingest/sources/port.ts';

/** A source's root, empty at first, as whoever keeps music in it changes it. */
export interface TreeHarness {
  readonly tree: SourceTree;
  readonly put: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly makeFolder: (path: string) => Promise<void>;
}

const at = (path: string): Buffer => Buffer.from(path);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  return isClefError(error) ? error.code : error;
}

/** What every `SourceTree` does. Each test has a folder of its own in the one root. */
export function describeSourceTree(name: string, harness: () => TreeHarness): void {
  describe(name, () => {
    test('lists folders and files, whatever their names, and what a listing says of a file is so', async () => {
      const { tree, put, makeFolder } = harness();
      const names = ['a b.mp3', 'ü🎵.flac', "50% & 'q'#;.ogg"];
      for (const file of names) await put(`list/${file}`, bytesOf(file));
      await put('list/.hidden.mp3', bytesOf('x'));
      await makeFolder('list/sub');
      const found = await tree.list(at('list'));
      const shown = found?.entries.map(({ kind, name: bytes }) => `${kind} ${bytes.toString()}`);
      expect(shown?.toSorted()).toEqual([...names.map((file) => `file ${file}`), 'folder sub'].toSorted());
      for (const entry of found?.entries ?? []) {
        if (entry.kind !== 'file') continue;
        const state = await tree.lookAtFile(Buffer.concat([at('list/'), entry.name]), false);
        expect(state?.lengthBytes).toBe(entry.name.length);
        expect(entry.state ?? state).toEqual(state);
      }
    });

    test('what is not there is undefined; a file is no folder, and a folder no file', async () => {
      const { tree, put } = harness();
      await put('kinds/file.mp3', bytesOf('x'));
      for (const gone of ['kinds/no.mp3', 'none/no.mp3', 'kinds/file.mp3/no.mp3']) {
        expect(await tree.look(at(gone))).toBeUndefined();
        expect(await tree.lookAtFile(at(gone), false)).toBeUndefined();
        expect(await tree.open(at(gone), false)).toBeUndefined();
        expect(await tree.list(at(gone))).toBeUndefined();
      }
      expect(await tree.list(at('kinds/file.mp3'))).toBeUndefined();
      expect(await tree.look(at('kinds'))).toEqual({ kind: 'folder' });
      expect(await tree.look(at(''))).toEqual({ kind: 'folder' });
      expect(await tree.lookAtFile(at('kinds'), false)).toBeUndefined();
      expect(await failureOf(tree.open(at('kinds'), false))).toBe('media-unreadable');
    });

    test('reads any range, and less only where the file ends', async () => {
      const { tree, put } = harness();
      const bytes = Uint8Array.from({ length: 1_500_000 }, (_, i) => (i * 7 + (i >> 9)) % 251);
      await put('read/file.flac', bytes);
      await using file = await tree.open(at('read/file.flac'), false);
      expect(file?.state.lengthBytes).toBe(bytes.length);
      for (const [offset, length] of [
        [0, 1_500_000],
        [1_048_570, 12],
        [1_499_990, 100],
        [1_500_000, 5],
      ] as const) {
        const into = new Uint8Array(length);
        const count = await file?.read(into, offset);
        const wanted = bytes.subarray(offset, offset + length);
        expect(count).toBe(wanted.length);
        expect(Buffer.compare(into.subarray(0, count), wanted)).toBe(0);
      }
    });

    test('a file that has other bytes by now is known', async () => {
      const { tree, put } = harness();
      await put('change/file.mp3', bytesOf('one'));
      await using file = await tree.open(at('change/file.mp3'), false);
      expect(await file?.isUnchanged()).toBe(true);
      await put('change/file.mp3', bytesOf('three'));
      expect(await file?.isUnchanged()).toBe(false);
      expect((await tree.lookAtFile(at('change/file.mp3'), false))?.lengthBytes).toBe(5);
    });

    test('is walked, as a whole and in part, with covers and lyrics', async () => {
      const { tree, put, remove } = harness();
      await put('walk/album/cover.jpg', bytesOf('jpg'));
      await put('walk/album/CD1/one.mp3', bytesOf('1'));
      await put('walk/album/CD1/one.lrc', bytesOf('la'));
      await put('walk/album/two.mp3', bytesOf('2'));
      await put('walk/other.mp3', bytesOf('3'));
      const walked = async (folder: string, isDeep: boolean): Promise<readonly string[]> => {
        const events = await Array.fromAsync(walkSource(tree, { scope: { folder, isDeep } }));
        return events.map((event) =>
          event.kind === 'file'
            ? [event.file.pathKey, event.file.coverPath, event.file.lyricsPath].join(' ').trim()
            : event.kind,
        );
      };
      const one = 'walk/album/CD1/one.mp3 walk/album/cover.jpg walk/album/CD1/one.lrc';
      const two = 'walk/album/two.mp3 walk/album/cover.jpg';
      expect(await walked('walk', true)).toEqual([one, two, 'walk/other.mp3']);
      expect(await walked('walk', false)).toEqual(['walk/other.mp3']);
      expect(await walked('walk/album/CD1', true)).toEqual([one]);
      await remove('walk/other.mp3');
      expect(await walked('walk', false)).toEqual([]);
      expect(await walked('gone', true)).toEqual([]);
    });
  });
}
