import { appendFile, utimes } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ImportWorld } from '../../test/support/import-world.ts';
import { toneWav } from '../../test/support/media-tags.ts';
import { isClefError } from '../core/index.ts';
import { openLocalTree } from './sources/local.ts';

const song = (seed: number): Buffer => toneWav(0.2, seed, { INAM: `Song ${seed}`, IART: 'Artist' });

/** Stands a little before the files are written, whose times come in coarse steps, and goes on only while the import waits. */
class Clock {
  nowMs = Date.now() - 500;
  waits: number[] = [];
  readonly now = (): number => this.nowMs;
  meanwhile: () => Promise<void> = async () => undefined;
  readonly wait = async (ms: number): Promise<void> => {
    this.waits.push(ms);
    await this.meanwhile();
    this.nowMs += ms;
  };
}

describe('a file that is being written', () => {
  test('is taken once it looked the same for two seconds; what lies still is not held up', async () => {
    await using world = await ImportWorld.create();
    const clock = new Clock();
    await world.put('fresh.wav', song(1));
    await world.put('old.wav', song(2));
    await utimes(world.path('old.wav'), 1_000, 1_000);
    clock.meanwhile = async () => {
      expect([...(await world.files()).keys()]).toEqual(['old.wav']);
    };
    expect(await world.import(clock)).toMatchObject({ tracksAdded: 2 });
    expect(clock.waits).toEqual([2_000]);
    expect(await world.import(clock)).toMatchObject({ unchanged: 2 });
    expect(clock.waits).toHaveLength(1);
  });

  test.each([20_000, 0])('is left for later while it grows, with %i differences kept', async (mostKept) => {
    await using world = await ImportWorld.create();
    const clock = new Clock();
    const whole = song(1);
    await world.put('album/growing.wav', whole.subarray(0, 500));
    clock.meanwhile = () => appendFile(world.path('album/growing.wav'), whole.subarray(500, 600));
    const report = await world.import({ now: clock.now, wait: clock.wait, mostKept });
    expect(report).toMatchObject({ tracksAdded: 0, failures: [] });
    expect(report.unfinished).toMatchObject({ count: 1, pathKeys: ['album/growing.wav'] });
    expect(world.probed).toBe(0);
    await appendFile(world.path('album/growing.wav'), whole.subarray(600));
    clock.meanwhile = async () => undefined;
    const scopes = [{ folder: 'album', isDeep: false }];
    expect(await world.import({ now: clock.now, wait: clock.wait, mostKept, scopes })).toMatchObject({
      tracksAdded: 1,
    });
    expect(Buffer.from(await world.originalAt('album/growing.wav')).equals(whole)).toBe(true);
  });

  test('is left for later for a minute where it is cut short, or ends in zeros', async () => {
    await using world = await ImportWorld.create();
    const clock = new Clock();
    await world.put('cut.wav', song(1).subarray(0, 2_000));
    await world.put('room.mp3', Buffer.concat([song(2), Buffer.alloc(100_000)]));
    const report = await world.import(clock);
    expect(report).toMatchObject({ tracksAdded: 0, unfinished: { count: 2 } });
    expect(report.unfinished?.lookAgainMs).toBeGreaterThan(50_000);
    clock.nowMs += 61_000;
    const later = await world.import(clock);
    expect(later.unfinished).toBeUndefined();
    expect(later.notes).toContainEqual(
      expect.objectContaining({ pathForPeople: 'cut.wav', code: 'cut-short' }),
    );
  });
});

describe('a share, mounted in a music folder, whose clock is behind', () => {
  test('has its half-written files left for later by its own time, and no others', async () => {
    await using world = await ImportWorld.create();
    const clock = new Clock();
    const openTree = async () => {
      const tree = await openLocalTree(world.folder, []);
      return Object.assign(Object.create(tree) as typeof tree, {
        list: async (folder: Buffer) => {
          const found = await tree.list(folder);
          return found && folder.toString() === 'nas' ? { ...found, hasOwnClock: false } : found;
        },
      });
    };
    const behindS = (clock.nowMs - 90_000) / 1_000;
    await world.put('cut.wav', song(1).subarray(0, 2_000));
    await world.put('nas/cut.wav', song(2).subarray(0, 2_000));
    await world.put('nas/room.mp3', Buffer.concat([song(3), Buffer.alloc(100_000)]));
    for (const name of ['cut.wav', 'nas/cut.wav', 'nas/room.mp3'])
      await utimes(world.path(name), behindS, behindS);
    const report = await world.import({ now: clock.now, wait: clock.wait, openTree });
    expect(report).toMatchObject({ tracksAdded: 1, failures: [] });
    expect(report.unfinished).toEqual({
      count: 2,
      pathKeys: expect.arrayContaining(['nas/cut.wav', 'nas/room.mp3']),
      // It may be whole at any time, and where nobody tells of it another look has to.
      lookAgainMs: 60_000,
    });
    clock.nowMs += 600_000;
    const later = await world.import({ now: clock.now, wait: clock.wait, openTree });
    expect(later.unfinished).toBeUndefined();
    expect(later.notes).toContainEqual(
      expect.objectContaining({ pathForPeople: 'nas/cut.wav', code: 'cut-short' }),
    );
  });
});

describe('an import of a part of a source', () => {
  const names = Array.from({ length: 24 }, (_, i) => `album ${i % 4}/${i}.wav`);
  async function filled(): Promise<ImportWorld> {
    const world = await ImportWorld.create();
    for (const [i, name] of names.entries()) await world.put(name, song(i + 1));
    await world.import();
    return world;
  }
  const part = (folder: string) => ({ scopes: [{ folder, isDeep: true }] });
  const missing = async (world: ImportWorld): Promise<readonly string[]> =>
    [...(await world.files())].filter(([, { row }]) => row.missingSinceMs !== undefined).map(([key]) => key);

  test('finds what is new and gone there, and does not look elsewhere', async () => {
    await using world = await filled();
    await world.put('album 1/new.wav', song(50));
    await world.put('album 2/unseen.wav', song(51));
    await world.remove(names[1] ?? '');
    expect(await world.import(part('album 1'))).toMatchObject({ tracksAdded: 1, missing: 1 });
    expect((await world.files()).has('album 2/unseen.wav')).toBe(false);
    expect(await missing(world)).toEqual([names[1]]);
  });

  test('knows a file that was moved out of it or into it', async () => {
    await using world = await filled();
    const id = await world.trackAt('album 0/0.wav');
    await world.move('album 0/0.wav', 'album 1/moved.wav');
    expect(await world.import(part('album 1'))).toMatchObject({ tracksAdded: 0, tracksMoved: 1, missing: 0 });
    expect(await world.trackAt('album 1/moved.wav')).toBe(id);
    expect(await world.import(part('album 0'))).toMatchObject({ missing: 0 });
  });

  test('asks the whole source before it believes that much of a part is gone', async () => {
    await using world = await filled();
    // A quarter of all files.
    await world.remove('album 3');
    const failure: unknown = await world.import(part('album 3')).catch((error: unknown) => error);
    expect(isClefError(failure, 'source-shrunk')).toBe(true);
    expect(await missing(world)).toEqual([]);
    // Much of their folder, and little of all.
    for (const i of [3, 7, 11, 15]) await world.put(`album 3/${i}.wav`, song(i + 1));
    expect(await world.import(part('album 3'))).toMatchObject({ missing: 2 });
  });
});
