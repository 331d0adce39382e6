import { describe, expect, it } from 'vitest';
import { ClefError, type TrackId, type UserId } from '../core/index.ts';
import { uploadFacts, uploadId, UPLOADER, UploadWorld } from '../../test/support/upload-world.ts';
import { patternBytes } from '../../test/support/vault.ts';
import type { Upload, UploadOutcome } from './upload.ts';
import { UploadDesk, type UploadDeskOptions } from './upload-desk.ts';

const ADDED: UploadOutcome = { kind: 'added', trackId: 1024 as TrackId };

async function openDesk(world: UploadWorld, options: Partial<UploadDeskOptions> = {}) {
  const failures: unknown[] = [];
  const desk = new UploadDesk({
    store: await world.store(),
    importUpload: async () => ADDED,
    onFailure: (error) => failures.push(error),
    now: () => world.nowMs,
    ...options,
  });
  const ends: Upload[] = [];
  desk.onChange((upload) => ends.push(upload));
  return { desk, failures, ends };
}

async function send(desk: UploadDesk, number: number): Promise<void> {
  await desk.begin(uploadFacts(number, 10));
  await desk.append(UPLOADER, uploadId(number), 0, patternBytes(10, number));
}

describe('uploads', () => {
  it('are imported with their last byte, one after the other, and each outcome is told', async () => {
    await using world = await UploadWorld.create();
    let running = 0;
    const order: string[] = [];
    const { desk, ends } = await openDesk(world, {
      async importUpload(upload, media) {
        expect(++running).toBe(1);
        expect(await media.read(0, 10)).toEqual(patternBytes(10, Number.parseInt(upload.id, 16)));
        order.push(upload.name);
        running--;
        return ADDED;
      },
    });
    await Promise.all([1, 2, 3].map((number) => send(desk, number)));
    await expect.poll(() => ends.length).toBe(3);
    expect(order.toSorted()).toEqual(['Song 1.flac', 'Song 2.flac', 'Song 3.flac']);
    expect(ends.every(({ outcome }) => outcome === ADDED)).toBe(true);
    await desk[Symbol.asyncDispose]();
  });

  it('that were begun may be begun again, as the same file only', async () => {
    await using world = await UploadWorld.create();
    const { desk } = await openDesk(world);
    const begun = await desk.begin(uploadFacts(1, 10));
    expect(await desk.begin(uploadFacts(1, 10))).toEqual(begun);
    const others = [{ name: 'other' }, { lengthBytes: 11 }, { modifiedMs: 1 }, { userId: 9_999 as UserId }];
    for (const other of others) {
      await expect(desk.begin(uploadFacts(1, 10, other))).rejects.toMatchObject({ code: 'upload-conflict' });
    }
    await desk[Symbol.asyncDispose]();
  });

  it('of another account are not there', async () => {
    await using world = await UploadWorld.create();
    const { desk } = await openDesk(world);
    await desk.begin(uploadFacts(1, 10));
    const stranger = 9_999 as UserId;
    expect(await desk.list(stranger)).toEqual([]);
    const absent = { code: 'not-found' };
    await expect(desk.find(stranger, uploadId(1))).rejects.toMatchObject(absent);
    await expect(desk.append(stranger, uploadId(1), 0, patternBytes(10))).rejects.toMatchObject(absent);
    await expect(desk.remove(stranger, uploadId(1))).rejects.toMatchObject(absent);
    expect(await desk.list(UPLOADER)).toHaveLength(1);
    await desk[Symbol.asyncDispose]();
  });

  it('have limits: of one file, of open ones, and of all together, also for those that come at once', async () => {
    await using world = await UploadWorld.create();
    const { desk } = await openDesk(world);
    await expect(desk.begin(uploadFacts(1, 4 * 2 ** 30 + 1))).rejects.toMatchObject({
      code: 'upload-too-large',
    });
    const numbers = Array.from({ length: 70 }, (_, index) => index + 1);
    const begun = await Promise.allSettled(numbers.map((number) => desk.begin(uploadFacts(number, 10))));
    const refused = begun.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(6);
    expect(refused[0]).toMatchObject({ reason: { code: 'upload-limit' } });
    // Another account has a count of its own.
    await desk.begin(uploadFacts(100, 10, { userId: 9_999 as UserId }));
    await desk.remove(UPLOADER, uploadId(1));
    await desk.begin(uploadFacts(71, 10));
    await desk[Symbol.asyncDispose]();
  });

  it('that cannot be imported yet say why, and are taken up again', async () => {
    await using world = await UploadWorld.create();
    let isFull = true;
    const { desk, failures, ends } = await openDesk(world, {
      async importUpload() {
        if (isFull) throw new ClefError('node-full', 'no space is left on node 1');
        return ADDED;
      },
    });
    await send(desk, 1);
    await expect.poll(() => ends.length).toBe(1);
    expect(failures).toHaveLength(1);
    const fault = { code: 'node-full', reason: 'no space is left on node 1' };
    expect(await desk.find(UPLOADER, uploadId(1))).toMatchObject({ receivedBytes: 10, fault });
    isFull = false;
    await desk.tend();
    await expect.poll(() => ends.length).toBe(2);
    expect(ends[1]).toMatchObject({ outcome: ADDED });
    expect(ends[1]).not.toHaveProperty('fault');
    await desk[Symbol.asyncDispose]();
  });

  it('that were whole when the server was killed are imported by the next', async () => {
    await using world = await UploadWorld.create();
    const started = Promise.withResolvers<void>();
    const first = await openDesk(world, {
      importUpload(_upload, _media, signal) {
        started.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await send(first.desk, 1);
    await started.promise;
    await first.desk[Symbol.asyncDispose]();
    expect(first.failures).toEqual([]);

    const second = await openDesk(world);
    await expect.poll(() => second.ends.length).toBe(1);
    expect(await second.desk.list(UPLOADER)).toMatchObject([{ outcome: ADDED }]);
    await second.desk[Symbol.asyncDispose]();
  });

  it('are cancelled at any time, in the middle of their import too', async () => {
    await using world = await UploadWorld.create();
    const started = Promise.withResolvers<void>();
    const { desk, failures } = await openDesk(world, {
      importUpload(_upload, _media, signal) {
        started.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await desk.begin(uploadFacts(2, 10));
    await send(desk, 1);
    await started.promise;
    await desk.remove(UPLOADER, uploadId(1));
    await desk.remove(UPLOADER, uploadId(2));
    expect(await desk.list(UPLOADER)).toEqual([]);
    expect(failures).toEqual([]);
    await desk[Symbol.asyncDispose]();
    expect((await world.store()).all()).toEqual([]);
  });

  it('to which nothing came for two days are given up, and outcomes are forgotten after one', async () => {
    await using world = await UploadWorld.create();
    const { desk, ends } = await openDesk(world);
    await desk.begin(uploadFacts(1, 10));
    await send(desk, 2);
    await expect.poll(() => ends.length).toBe(1);
    expect(await desk.tend()).toBe(0);
    world.nowMs += 25 * 3_600_000;
    expect(await desk.tend()).toBe(1);
    expect(await desk.list(UPLOADER)).toMatchObject([{ id: uploadId(1) }]);
    world.nowMs += 24 * 3_600_000;
    expect(await desk.tend()).toBe(1);
    expect(await desk.list(UPLOADER)).toEqual([]);
    await desk[Symbol.asyncDispose]();
  });
});
