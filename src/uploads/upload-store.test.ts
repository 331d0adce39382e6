import { appendFile, readdir, readFile, rename, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrackId, UserId } from '../core/index.ts';
import { UPLOAD_BLOCK_BYTES } from '../crypto/index.ts';
import { uploadFacts, uploadId, UploadWorld } from '../../test/support/upload-world.ts';
import { patternBytes, sameBytes } from '../../test/support/vault.ts';
import type { UploadStore } from './upload-store.ts';

const BLOCK = UPLOAD_BLOCK_BYTES;
const ID = uploadId(1);

async function bytesOf(store: UploadStore): Promise<Uint8Array> {
  await using media = await store.media(ID);
  return await media.read(0, media.lengthBytes);
}

async function partsFile(world: UploadWorld): Promise<string> {
  const name = (await readdir(world.folder)).find((file) => file.endsWith('.parts'));
  return join(world.folder, name ?? 'none');
}

describe('an upload on the disk', () => {
  it('has nothing in it that can be read, neither bytes nor name', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = new Uint8Array(2 * BLOCK).fill(0x61);
    await store.create(uploadFacts(1, bytes.length, { name: 'Ein Lied von Liebe.flac' }));
    await store.append(ID, 0, bytes);
    for (const file of await readdir(world.folder)) {
      const path = join(world.folder, file);
      const onDisk = await readFile(path);
      expect(onDisk.includes('aaaaaaaa')).toBe(false);
      expect(onDisk.includes('Liebe')).toBe(false);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  it('never looks twice the same, not even where the same part is sent again', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = patternBytes(2 * BLOCK);
    await store.create(uploadFacts(1, bytes.length));
    await store.append(ID, 0, bytes.subarray(0, BLOCK));
    const first = await readFile(await partsFile(world));
    await truncate(await partsFile(world), 100);
    const again = await world.store();
    expect(again.find(ID)?.receivedBytes).toBe(0);
    await again.append(ID, 0, bytes.subarray(0, BLOCK));
    const second = await readFile(await partsFile(world));
    expect(second.length).toBe(first.length);
    expect(sameBytes(second.subarray(100), first.subarray(100))).toBe(false);
  });

  it('takes a part only where it ends', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = patternBytes(2 * BLOCK + 5);
    await store.create(uploadFacts(1, bytes.length));
    await store.append(ID, 0, bytes.subarray(0, BLOCK));
    for (const wrong of [0, 2 * BLOCK, BLOCK + 1]) {
      await expect(store.append(ID, wrong, bytes.subarray(0, BLOCK))).rejects.toMatchObject({
        code: 'upload-conflict',
        message: `the next part begins at ${BLOCK}`,
      });
    }
    for (const length of [0, 1, BLOCK - 1, BLOCK + 6, 2 * BLOCK]) {
      const part = bytes.subarray(0, length);
      await expect(store.append(ID, BLOCK, part)).rejects.toMatchObject({ code: 'bad-request' });
    }
    await store.append(ID, BLOCK, bytes.subarray(BLOCK));
    expect(sameBytes(await bytesOf(store), bytes)).toBe(true);
  });

  it('takes one of two equal parts that come at once', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = patternBytes(2 * BLOCK);
    await store.create(uploadFacts(1, bytes.length));
    const both = await Promise.allSettled([0, 1].map(() => store.append(ID, 0, bytes.subarray(0, BLOCK))));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(store.find(ID)?.receivedBytes).toBe(BLOCK);
  });

  it('forgets blocks that a power cut left as zeros, and none before them', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = patternBytes(4 * BLOCK);
    await store.create(uploadFacts(1, bytes.length));
    await store.append(ID, 0, bytes.subarray(0, 2 * BLOCK));
    const whole = (await stat(await partsFile(world))).size;
    await appendFile(await partsFile(world), new Uint8Array(whole));
    const again = await world.store();
    expect(again.find(ID)?.receivedBytes).toBe(2 * BLOCK);
    expect((await stat(await partsFile(world))).size).toBe(whole);
    await again.append(ID, 2 * BLOCK, bytes.subarray(2 * BLOCK));
    expect(sameBytes(await bytesOf(again), bytes)).toBe(true);
  });

  it('does not open under the name of another account or upload', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    await store.create(uploadFacts(1, 10));
    const head = (await readdir(world.folder)).find((name) => name.endsWith('.head')) ?? '';
    for (const name of [head.replace(/^\d+/, '2049'), head.replace(/1\.head$/, '2.head')]) {
      await rename(join(world.folder, head), join(world.folder, name));
      expect((await world.store()).all()).toEqual([]);
      expect(world.unreadable.splice(0)).toHaveLength(1);
      await rename(join(world.folder, name), join(world.folder, head));
    }
    expect((await world.store()).all()).toHaveLength(1);
  });

  it('gives up its bytes with its outcome, and remembers that after a restart', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = patternBytes(10);
    await store.create(uploadFacts(1, bytes.length));
    await store.append(ID, 0, bytes);
    const outcome = { kind: 'added', trackId: 1024 as TrackId } as const;
    await store.settle(ID, outcome);
    expect(await readdir(world.folder)).toHaveLength(1);
    const again = await world.store();
    expect(again.find(ID)).toEqual({ ...uploadFacts(1, 10), receivedBytes: 10, outcome });
    await expect(again.append(ID, 10, bytes)).rejects.toMatchObject({ code: 'upload-conflict' });
    await again.remove(ID);
    expect(await readdir(world.folder)).toEqual([]);
  });
});

describe('the sweep of uploads', () => {
  it('removes what nothing came to, old outcomes and strays, and leaves all else', async () => {
    await using world = await UploadWorld.create();
    const store = await world.store();
    const bytes = patternBytes(10);
    const owner = 7_777 as UserId;
    for (const number of [1, 2, 3, 4]) await store.create(uploadFacts(number, 10, { userId: owner }));
    // 1: begun only. 2: whole, and waits. 3: imported. 4: begun later.
    await store.append(uploadId(2), 0, bytes);
    await store.append(uploadId(3), 0, bytes);
    await store.settle(uploadId(3), { kind: 'refused', code: 'media-unreadable', reason: 'it is no music' });
    const stray = join(world.folder, `7777-${uploadId(9)}.parts`);
    await writeFile(stray, 'x');
    const longAgo = new Date(world.nowMs - 10_000);
    await utimes(stray, longAgo, longAgo);
    world.nowMs += 5_000;
    await store.remove(uploadId(4));
    await store.create(uploadFacts(4, 10, { userId: owner }));
    expect(await store.sweep({ unfinishedMs: 4_000, outcomeMs: 4_000 })).toBe(3);
    expect(store.all().map(({ id }) => id)).toEqual([uploadId(2), uploadId(4)]);
    expect(
      (await world.store())
        .all()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([uploadId(2), uploadId(4)]);
  });
});

type Step =
  | { readonly kind: 'append'; readonly blocks: number }
  | { readonly kind: 'wrong-offset'; readonly blocks: number }
  | { readonly kind: 'kill'; readonly torn: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('append' as const), blocks: fc.integer({ min: 1, max: 3 }) }),
  },
  fc.record({ kind: fc.constant('wrong-offset' as const), blocks: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('kill' as const), torn: fc.nat(2 * BLOCK) }),
);

describe('whatever happens to an upload', () => {
  it('its bytes come together as they were sent, and nothing acknowledged is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 * BLOCK }),
        fc.array(step, { maxLength: 12 }),
        async (lengthBytes, steps) => {
          await using world = await UploadWorld.create();
          const bytes = patternBytes(lengthBytes, lengthBytes);
          let store = await world.store();
          await store.create(uploadFacts(1, lengthBytes));
          let acknowledged = 0;
          /** Answers whether more is to come. */
          const append = async (blocks: number): Promise<boolean> => {
            if (acknowledged === lengthBytes) return false;
            const end = Math.min(lengthBytes, acknowledged + blocks * BLOCK);
            const { receivedBytes } = await store.append(ID, acknowledged, bytes.subarray(acknowledged, end));
            expect(receivedBytes).toBe(end);
            acknowledged = receivedBytes;
            return true;
          };
          for (const { kind, ...how } of steps) {
            if (kind === 'append' && 'blocks' in how) await append(how.blocks);
            if (kind === 'wrong-offset' && 'blocks' in how && how.blocks * BLOCK !== acknowledged) {
              const part = bytes.subarray(0, Math.min(lengthBytes, BLOCK));
              await expect(store.append(ID, how.blocks * BLOCK, part)).rejects.toThrow();
            }
            if (kind === 'kill' && 'torn' in how) {
              // A part that was being written: noise, since nothing of it was acknowledged.
              await appendFile(await partsFile(world), patternBytes(how.torn, 7)).catch(() => undefined);
              store = await world.store();
              expect(store.find(ID)?.receivedBytes).toBe(acknowledged);
            }
          }
          while (await append(3));
          expect(sameBytes(await bytesOf(store), bytes)).toBe(true);
          expect(sameBytes(await bytesOf(await world.store()), bytes)).toBe(true);
          expect(world.unreadable).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });
});
