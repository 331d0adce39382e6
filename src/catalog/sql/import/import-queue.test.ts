import { describe, expect, it } from 'vitest';
import { ClefError, type TrackId } from '../../../core/index.ts';
import type { ImportedTrack } from '../../port.ts';
import { ImportQueue } from './import-queue.ts';

/** The queue hands tracks on unread. */
const track = (fallbackTitle: string) => ({ fallbackTitle }) as ImportedTrack;

describe('the import queue', () => {
  it('takes a track at any moment, also just as a batch ends', async () => {
    let next = 0;
    const queue = new ImportQueue(async (tracks) => tracks.map(() => ++next as TrackId), 32);
    for (let i = 1; i <= 200; i++) expect(await queue.add(track(`one after the other ${i}`))).toBe(i);
  });

  it('shares a transaction between imports that come together', async () => {
    const batches: number[] = [];
    const queue = new ImportQueue(async (tracks) => {
      batches.push(tracks.length);
      return tracks.map((_, i) => i as TrackId);
    }, 32);
    await Promise.all(Array.from({ length: 40 }, (_, i) => queue.add(track(`together ${i}`))));
    expect(batches).toEqual([32, 8]);
  });

  it('fails only the track at fault', async () => {
    const queue = new ImportQueue(async (tracks) => {
      if (tracks.some(({ fallbackTitle }) => fallbackTitle === 'bad')) throw new Error('at fault');
      return tracks.map(() => 7 as TrackId);
    }, 32);
    const results = await Promise.allSettled(['a', 'bad', 'b'].map((title) => queue.add(track(title))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it.each(['catalog-offline', 'catalog-in-doubt', 'data-full'] as const)(
    'asks once where no track is at fault: %s',
    async (code) => {
      let asked = 0;
      const queue = new ImportQueue(async () => {
        asked++;
        throw new ClefError(code, 'not now');
      }, 32);
      const results = await Promise.allSettled(['a', 'b', 'c'].map((title) => queue.add(track(title))));
      for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code } });
      expect(asked).toBe(1);
    },
  );
});
