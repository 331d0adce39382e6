import { describe, expect, it } from 'vitest';
import type { TrackId, UserId } from '../../core/index.ts';
import { createNowPlaying } from './now-playing.ts';

const ann = { userId: 1 as UserId, userName: 'ann', clientName: 'phone' };
const track = (id: number) => id as TrackId;

describe('now playing', () => {
  it('keeps one entry a listener and player, newest first', () => {
    let nowMs = 1000;
    const playing = createNowPlaying(() => nowMs);
    playing.report({ ...ann, trackId: track(1) }, 60_000);
    playing.report({ ...ann, clientName: 'desk', trackId: track(2) }, 60_000);
    nowMs = 2000;
    playing.report({ ...ann, trackId: track(3) }, 60_000);
    expect(
      playing.entries().map(({ trackId, playerNumber, sinceMs }) => [trackId, playerNumber, sinceMs]),
    ).toEqual([
      [3, 1, 2000],
      [2, 2, 1000],
    ]);
  });

  it('forgets what must have ended', () => {
    let nowMs = 0;
    const playing = createNowPlaying(() => nowMs);
    playing.report({ ...ann, trackId: track(1) }, 60_000);
    nowMs = 60_000 + 3 * 60_000 - 1;
    expect(playing.entries()).toHaveLength(1);
    nowMs += 1;
    expect(playing.entries()).toHaveLength(0);
  });

  it('lets the oldest go where there are too many players', () => {
    const playing = createNowPlaying(() => 0);
    for (let n = 0; n <= 1000; n++) {
      playing.report({ ...ann, clientName: `player ${n}`, trackId: track(n) }, 60_000);
    }
    const entries = playing.entries();
    expect(entries).toHaveLength(1000);
    expect(entries.at(-1)?.clientName).toBe('player 1');
  });

  it('forgets who says that it stops, and takes more for less', () => {
    const playing = createNowPlaying(() => 0);
    const timeline = { state: 'playing', positionMs: 7, rate: 1 } as const;
    playing.report({ ...ann, trackId: track(1), timeline }, 60_000);
    playing.report({ ...ann, trackId: track(1) }, 60_000);
    expect(playing.entries()).toMatchObject([{ timeline }]);
    playing.report({ ...ann, trackId: track(2) }, 60_000);
    expect(playing.entries()).toMatchObject([{ trackId: 2 }]);
    playing.end(ann);
    expect(playing.entries()).toEqual([]);
  });
});
