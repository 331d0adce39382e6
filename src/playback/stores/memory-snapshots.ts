import { migrateState, type PlaybackState, type SessionKey, type SnapshotStore } from '../session/index.ts';

interface Kept {
  readonly key: SessionKey;
  readonly written: string;
  readonly name: string;
  readonly seq: number;
  readonly changedAtMs: number;
}

/** Snapshots that end with their process. */
export function createMemorySnapshots(): SnapshotStore {
  const kept = new Map<string, Kept>();
  const nameOf = ({ userId, sessionId }: SessionKey) => `${userId}/${sessionId}`;
  return {
    load(key) {
      const found = kept.get(nameOf(key));
      return Promise.resolve(found && migrateState(JSON.parse(found.written)));
    },
    save(key, state: PlaybackState, changedAtMs) {
      const { name, seq } = state;
      if (seq >= (kept.get(nameOf(key))?.seq ?? 0))
        kept.set(nameOf(key), { key, written: JSON.stringify(state), name, seq, changedAtMs });
      return Promise.resolve();
    },
    list(userId) {
      const own = [...kept.values()].filter(({ key }) => key.userId === userId);
      const newestFirst = own.toSorted((a, b) => b.changedAtMs - a.changedAtMs);
      return Promise.resolve(
        newestFirst.map(({ key, name, changedAtMs }) => ({ sessionId: key.sessionId, name, changedAtMs })),
      );
    },
    remove(key) {
      kept.delete(nameOf(key));
      return Promise.resolve();
    },
    newestSeq: () => Promise.resolve(Math.max(0, ...Array.from(kept.values(), ({ seq }) => seq))),
  };
}
