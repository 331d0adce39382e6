import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImportWorld } from '../../test/support/import-world.ts';
import { solidPng, toneWav } from '../../test/support/media-tags.ts';
import { testNodeId } from '../../test/support/vault.ts';
import { isClefError } from '../core/index.ts';
import { createMemoryNode } from '../vault/nodes/memory.ts';

function song(seed: number, title = `Song ${seed}`): Buffer {
  return toneWav(0.2, seed, { INAM: title, IPRD: 'Album' });
}

async function fill(world: ImportWorld, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await world.put(`${String(i).padStart(2, '0')}.wav`, song(i));
}

describe('an import that is aborted', () => {
  test('ends soon with the reason, and the next one goes on where it stood', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 20);
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const aborted = world.import({
      signal: stop.signal,
      onProgress: ({ tracksAdded }) => {
        if (tracksAdded >= 5) stop.abort(reason);
      },
    });
    await expect(aborted).rejects.toBe(reason);
    const done = (await world.files()).size;
    expect(done).toBeGreaterThanOrEqual(5);
    expect(done).toBeLessThan(20);
    const sealed = world.sealed.original;
    expect(await world.import()).toMatchObject({ tracksAdded: 20 - done, unchanged: done });
    expect(world.sealed.original - sealed).toBe(20 - done);
    expect(await world.inVault()).toEqual(await world.onDisk());
  });

  test('before it begins changes nothing', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 3);
    await expect(world.import({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect((await world.files()).size).toBe(0);
  });

  test('while a file is being sealed does not wait for its end', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 3);
    const stop = new AbortController();
    const stuck = world.import({
      signal: stop.signal,
      seal: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
          stop.abort(new Error('enough'));
        }),
    });
    await expect(stuck).rejects.toThrow('enough');
  });
});

describe('a node that fills up', () => {
  test('stops the import with one error, keeps what is done, and nothing half-done', async () => {
    const small = createMemoryNode({ id: testNodeId(0), totalBytes: 60_000 });
    await using world = await ImportWorld.create([small]);
    await fill(world, 20);
    const error: unknown = await world.import().catch((reason: unknown) => reason);
    expect(isClefError(error, 'node-full')).toBe(true);
    const done = (await world.files()).size;
    expect(done).toBeGreaterThan(3);
    expect(done).toBeLessThan(20);
    for (const [path, hash] of await world.inVault()) expect((await world.onDisk()).get(path)).toBe(hash);
  });

  test('a fault that is nobody file’s own stops the run and is not blamed on a file', async () => {
    await using world = await ImportWorld.create();
    await fill(world, 10);
    let calls = 0;
    const broken = world.import({
      seal: (input) => (++calls > 3 ? Promise.reject(new Error('a fault in Clef')) : world.seal(input)),
    });
    await expect(broken).rejects.toThrow('a fault in Clef');
    expect(calls).toBeLessThan(8);
    expect(await world.import()).toMatchObject({ failures: [] });
    expect(await world.inVault()).toEqual(await world.onDisk());
  });
});

interface Held {
  readonly pathKey: string;
  readonly trackId: number;
  readonly contentHash: string;
  readonly title?: string;
  readonly album?: string;
}
interface Outcome {
  readonly held: readonly Held[];
  readonly counts: { readonly tracks: number; readonly albums: number };
}

const SCRIPT = fileURLToPath(new URL('../../test/support/import-process.ts', import.meta.url));

/** Runs an import process; kills it at once after so many steps. Answers its outcome, if it had one. */
async function importProcess(
  base: string,
  killAfterSteps = Number.POSITIVE_INFINITY,
): Promise<Outcome | undefined> {
  const child = spawn(process.execPath, [SCRIPT, base], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let steps = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (++steps >= killAfterSteps) child.kill('SIGKILL');
  }
  await ended;
  return last.startsWith('{') ? (JSON.parse(last) as Outcome) : undefined;
}

/** What a run should end with, whatever happened on the way: without the ids, which are drawn anew. */
function content(outcome: Outcome | undefined): unknown {
  return outcome?.held.map(({ pathKey, contentHash, title, album }) => ({
    pathKey,
    contentHash,
    title,
    album,
  }));
}

describe('an import that is killed', () => {
  test('at any moment, again and again, ends as an undisturbed one, with no id twice', async () => {
    const base = await mkdtemp(join(tmpdir(), 'clef-killed-'));
    try {
      const music = join(base, 'calm', 'music');
      await mkdir(join(music, 'album'), { recursive: true });
      for (let i = 1; i <= 12; i++) await writeFile(join(music, 'album', `${i}.wav`), song(i));
      await writeFile(join(music, 'album', 'cover.png'), solidPng(64, [1, 200, 3]));
      await writeFile(join(music, 'copy.wav'), song(3));
      await writeFile(join(music, 'empty.mp3'), '');
      await cp(music, join(base, 'stormy', 'music'), { recursive: true, preserveTimestamps: true });

      const calm = await importProcess(join(base, 'calm'));
      let stormy: Outcome | undefined;
      for (const steps of [3, 7, 12, 1, 20, 9, 33]) stormy = await importProcess(join(base, 'stormy'), steps);
      stormy = await importProcess(join(base, 'stormy'));
      expect(content(stormy)).toEqual(content(calm));
      expect(stormy?.counts).toEqual(calm?.counts);
      expect(stormy?.held).toHaveLength(13);
      expect(new Set(stormy?.held.map(({ trackId }) => trackId)).size).toBe(12);
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });
});

type Change =
  | { readonly kind: 'add'; readonly to: number; readonly seed: number }
  | { readonly kind: 'edit'; readonly at: number; readonly seed: number; readonly isInPlace: boolean }
  | { readonly kind: 'move' | 'copy' | 'swap'; readonly from: number; readonly to: number }
  | { readonly kind: 'delete'; readonly at: number };

const slot = fc.nat({ max: 6 });
const seed = fc.integer({ min: 1, max: 9 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), to: slot, seed }),
  fc.record({ kind: fc.constant('edit' as const), at: slot, seed, isInPlace: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom('move' as const, 'copy' as const, 'swap' as const),
    from: slot,
    to: slot,
  }),
  fc.record({ kind: fc.constant('delete' as const), at: slot }),
);

function slotPath(index: number): string {
  return `${index % 2 === 0 ? 'a' : 'b'}/${index}.wav`;
}

async function applyChange(world: ImportWorld, step: Change): Promise<void> {
  const has = (index: number): Promise<boolean> => world.onDisk().then((files) => files.has(slotPath(index)));
  switch (step.kind) {
    case 'add':
      return world.exchangeOrPut(slotPath(step.to), song(step.seed));
    case 'edit':
      if (!(await has(step.at))) return undefined;
      return step.isInPlace
        ? world.put(slotPath(step.at), song(step.seed))
        : world.exchange(slotPath(step.at), song(step.seed));
    case 'delete':
      return world.remove(slotPath(step.at));
    case 'move':
    case 'copy':
    case 'swap': {
      const [from, to] = [slotPath(step.from), slotPath(step.to)];
      if (step.from === step.to || !(await has(step.from))) return undefined;
      if (step.kind === 'move') return world.move(from, to);
      await mkdir(join(world.path(to), '..'), { recursive: true });
      if (step.kind === 'copy') return copyFile(world.path(from), world.path(to));
      if (!(await has(step.to))) return undefined;
      await rename(world.path(from), world.path('aside'));
      await rename(world.path(to), world.path(from));
      return rename(world.path('aside'), world.path(to));
    }
  }
}

describe('whatever happens to a folder between imports', () => {
  test('the catalogue then holds what the folder holds, and equal ids are equal music', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat({ max: 12 })), {
          maxLength: 5,
        }),
        fc.constantFrom(0, 2, 1_000),
        async (rounds, mostKept) => {
          await using world = await ImportWorld.create();
          for (const [steps, abortAfter] of rounds) {
            for (const step of steps) await applyChange(world, step);
            // Some runs are cut short; what comes of it in the end must not depend on that.
            const stop = new AbortController();
            let told = 0;
            await world
              .import({
                acceptLoss: true,
                mostKept,
                signal: stop.signal,
                onProgress: () => {
                  if (++told > abortAfter && abortAfter < 6) stop.abort(new Error('cut short'));
                },
              })
              .catch(() => undefined);
          }
          const report = await world.import({ acceptLoss: true, mostKept });
          expect(report.failures).toEqual([]);
          const disk = await world.onDisk();
          expect(await world.inVault()).toEqual(disk);
          const musicOf = new Map<number, string>();
          for (const [path, { row, track }] of await world.files()) {
            if (row.missingSinceMs !== undefined) continue;
            const music = disk.get(path) ?? '';
            expect(musicOf.get(row.trackId) ?? music).toBe(music);
            musicOf.set(row.trackId, music);
            expect(track?.sourceMissingSinceMs).toBeUndefined();
          }
          expect(new Set(musicOf.values()).size).toBe(new Set(disk.values()).size);
          // And once more finds nothing to do.
          const probed = world.probed;
          expect(await world.import()).toMatchObject({
            tracksAdded: 0,
            tracksChanged: 0,
            tracksMoved: 0,
            missing: 0,
          });
          expect(world.probed).toBe(probed);
        },
      ),
      { numRuns: 60 },
    );
  });
});
