import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ClefError } from '../../core/index.ts';
import type { Scope } from '../scan/scope.ts';
import type { HintTaker } from './hints.ts';
import { SourceWatch, type SourceWatchOptions } from './source-watch.ts';

const MINUTE_MS = 60_000;

/** A source whose looks end when the test says so. */
class Looks {
  readonly asked: (readonly Scope[] | undefined)[] = [];
  #end: (() => void) | undefined;
  #endWith: ((error: Error) => void) | undefined;
  takers: HintTaker[] = [];
  fail: ((error: Error) => void) | undefined;

  watch(options: Partial<SourceWatchOptions> = {}): SourceWatch {
    return new SourceWatch({
      intervalMs: 15 * MINUTE_MS,
      isLocal: true,
      hints: (taker) => {
        this.takers.push(taker);
        return new Promise((_, reject) => {
          this.fail = reject;
          taker.signal.addEventListener('abort', () => reject(taker.signal.reason));
        });
      },
      look: (scopes, signal) => {
        this.asked.push(scopes);
        return new Promise<void>((resolve, reject) => {
          this.#end = resolve;
          this.#endWith = reject;
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
      now: Date.now,
      ...options,
    });
  }

  hint(path: string): void {
    this.takers.at(-1)?.onHint(Buffer.from(path));
  }

  async end(): Promise<void> {
    this.#end?.();
    await vi.advanceTimersByTimeAsync(0);
  }

  async endWith(error: Error): Promise<void> {
    this.#endWith?.(error);
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe('the watch of a source', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('looks where hints point, and only once more for all that came while it looked', async () => {
    const looks = new Looks();
    await using watch = looks.watch();
    expect(watch.mode.kind).toBe('starting');
    looks.takers[0]?.onWatching();
    expect(watch.mode).toEqual({ kind: 'notified', everyMs: 180 * MINUTE_MS });
    for (let i = 0; i < 50; i++) looks.hint(`a/${i}.mp3`);
    await vi.advanceTimersByTimeAsync(300);
    expect(looks.asked).toEqual([[{ folder: 'a', isDeep: false }]]);
    for (let i = 0; i < 50; i++) looks.hint(`b/${i}.mp3`);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks.asked).toHaveLength(1);
    await looks.end();
    expect(looks.asked.slice(1)).toEqual([[{ folder: 'b', isDeep: false }]]);
    await looks.end();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(looks.asked).toHaveLength(2);
  });

  test('looks again by itself at what was unfinished', async () => {
    const looks = new Looks();
    await using watch = looks.watch();
    watch.looked({ isWhole: true, unfinished: { pathKeys: ['a/50%25.mp3'], lookAgainMs: 5_000 } });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(looks.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks.asked).toEqual([[{ folder: 'a', isDeep: false }]]);
  });

  test('without hints looks at everything each interval, and says why', async () => {
    const looks = new Looks();
    await using watch = looks.watch({ hints: { none: 'it is mounted (NFS)' } });
    expect(watch.mode).toEqual({
      kind: 'scheduled',
      everyMs: 15 * MINUTE_MS,
      reason: 'it is mounted (NFS)',
    });
    await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
    expect(looks.asked).toEqual([undefined]);
    await looks.end();
    await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
    expect(looks.asked).toEqual([undefined, undefined]);
  });

  test('goes by the schedule once the system has no watches left', async () => {
    const looks = new Looks();
    await using watch = looks.watch();
    looks.fail?.(new ClefError('media-unreadable', 'the system watches no more folders'));
    await vi.advanceTimersByTimeAsync(0);
    expect(watch.mode).toMatchObject({ kind: 'scheduled', reason: 'the system watches no more folders' });
    await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
    expect(looks.asked).toEqual([undefined]);
    expect(looks.takers).toHaveLength(1);
  });

  test('asks a share that went away again, and then looks at everything', async () => {
    const looks = new Looks();
    await using watch = looks.watch({ isLocal: false });
    looks.takers[0]?.onWatching();
    looks.fail?.(new ClefError('source-missing', 'the share cannot be reached'));
    await vi.advanceTimersByTimeAsync(0);
    expect(watch.mode.kind).toBe('scheduled');
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(looks.takers).toHaveLength(2);
    looks.takers[1]?.onWatching();
    expect(watch.mode.kind).toBe('notified');
    await vi.advanceTimersByTimeAsync(0);
    expect(looks.asked).toEqual([undefined]);
  });

  test('looks again where a look failed, ever more rarely until one does not', async () => {
    const looks = new Looks();
    await using _ = looks.watch();
    looks.takers[0]?.onWatching();
    looks.hint('a/1.mp3');
    await vi.advanceTimersByTimeAsync(300);
    const away = new ClefError('node-offline', 'a node is away');
    const folder = [{ folder: 'a', isDeep: false }];
    expect(looks.asked).toEqual([folder]);
    for (const [tries, minutes] of [1, 2, 4, 8, 15, 15].entries()) {
      await looks.endWith(away);
      await vi.advanceTimersByTimeAsync(minutes * MINUTE_MS - 1);
      expect(looks.asked).toHaveLength(tries + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(looks.asked.at(-1)).toEqual(folder);
    }
    await looks.end();
    looks.hint('b/1.mp3');
    await vi.advanceTimersByTimeAsync(300);
    await looks.endWith(away);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(looks.asked.at(-1)).toEqual([{ folder: 'b', isDeep: false }]);
    expect(looks.asked).toHaveLength(9);
  });

  test('looks at everything again where that failed, and hints meanwhile do not have it done sooner', async () => {
    const looks = new Looks();
    await using _ = looks.watch();
    looks.takers[0]?.onWatching();
    await vi.advanceTimersByTimeAsync(180 * MINUTE_MS);
    expect(looks.asked).toEqual([undefined]);
    await looks.endWith(new ClefError('node-offline', 'a node is away'));
    looks.hint('a/1.mp3');
    await vi.advanceTimersByTimeAsync(MINUTE_MS / 2);
    expect(looks.asked).toEqual([undefined, [{ folder: 'a', isDeep: false }]]);
    await looks.end();
    await vi.advanceTimersByTimeAsync(MINUTE_MS / 2);
    expect(looks.asked).toHaveLength(3);
    expect(looks.asked.at(-1)).toBeUndefined();
  });

  test('ends at once, whatever it is at', async () => {
    const looks = new Looks();
    const watch = looks.watch();
    looks.hint('a/1.mp3');
    await vi.advanceTimersByTimeAsync(300);
    expect(looks.asked).toHaveLength(1);
    await watch[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(looks.asked).toHaveLength(1);
  });
});
