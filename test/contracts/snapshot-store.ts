import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  emptyState,
  type PlaybackState,
  type SessionKey,
  type SnapshotStore,
} from '../../src/playback/session/index.ts';
import { SessionScript } from '../support/session-script.ts';

export interface SnapshotStoreFixture extends AsyncDisposable {
  readonly store: SnapshotStore;
}

const KEY: SessionKey = { userId: 'us-sg', sessionId: 'main' };

/** What every store of playback sessions' states does. */
export function describeSnapshotStore(name: string, open: () => Promise<SnapshotStoreFixture>): void {
  describe(`${name} as a store of playback sessions`, () => {
    let fixture: SnapshotStoreFixture;
    let store: SnapshotStore;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    const stateAt = (seq: number, name = 'Kitchen'): PlaybackState => ({ ...emptyState(name), seq });

    it('gives a state back as it was put in, and none that was never there', async () => {
      expect(await store.load(KEY)).toBeUndefined();
      const { state } = SessionScript.playing(10, 20.5);
      await store.save(KEY, state, 5);
      expect(await store.load(KEY)).toEqual(state);
    });

    it('keeps the newer of two states, whichever came last', async () => {
      await store.save(KEY, stateAt(7, 'newer'), 5);
      await store.save(KEY, stateAt(6, 'older'), 9);
      expect(await store.load(KEY)).toEqual(stateAt(7, 'newer'));
      expect(await store.list(KEY.userId)).toEqual([{ sessionId: 'main', name: 'newer', changedAtMs: 5 }]);
      await store.save(KEY, stateAt(8, 'newest'), 10);
      expect((await store.load(KEY))?.name).toBe('newest');
    });

    it('keeps all that is saved in one moment', async () => {
      const ids = Array.from({ length: 100 }, (_, i) => String(i).padStart(16, '-'));
      await Promise.all(ids.map((sessionId, i) => store.save({ ...KEY, sessionId }, stateAt(i + 1), i)));
      const states = await Promise.all(ids.map((sessionId) => store.load({ ...KEY, sessionId })));
      expect(states.map((state) => state?.seq)).toEqual(ids.map((_, i) => i + 1));
    });

    it('lists the sessions of one account, the one that was changed last first', async () => {
      await store.save(KEY, stateAt(1, 'first'), 10);
      await store.save({ ...KEY, sessionId: 'A'.repeat(16) }, stateAt(2, 'second'), 30);
      await store.save({ ...KEY, sessionId: 'B'.repeat(16) }, stateAt(3, 'third'), 20);
      await store.save({ ...KEY, userId: 'us-sh' }, stateAt(4, 'of another'), 40);
      const listed = await store.list(KEY.userId);
      expect(listed.map(({ name }) => name)).toEqual(['second', 'third', 'first']);
      expect(await store.list('us-si')).toEqual([]);
    });

    it('removes one session and leaves the others', async () => {
      const other = { ...KEY, sessionId: 'A'.repeat(16) };
      await store.save(KEY, stateAt(1), 1);
      await store.save(other, stateAt(2), 2);
      await store.remove(KEY);
      await store.remove(KEY);
      expect(await store.load(KEY)).toBeUndefined();
      expect((await store.load(other))?.seq).toBe(2);
      await store.save(KEY, stateAt(1), 3);
      expect((await store.load(KEY))?.seq).toBe(1);
    });

    it('knows the highest sequence of all', async () => {
      expect(await store.newestSeq()).toBe(0);
      await store.save(KEY, stateAt(41), 1);
      await store.save({ ...KEY, userId: 'us-sh' }, stateAt(40), 2);
      expect(await store.newestSeq()).toBe(41);
    });
  });
}
