import type { Following, LogEntry, LogRecord, SessionKey, SessionLog } from '../session/index.ts';

interface Kept {
  records: LogRecord[];
  readonly seqOf: Map<string, number>;
  readonly followers: Set<(record: LogRecord) => void>;
}

/** A log that ends with its process: for tests, and for trying things out. */
export function createMemoryLog(logId: string): SessionLog {
  const sessions = new Map<string, Kept>();
  let lastSeq = 0;

  function of({ userId, sessionId }: SessionKey): Kept {
    const name = `${userId}/${sessionId}`;
    const kept = sessions.get(name) ?? { records: [], seqOf: new Map(), followers: new Set() };
    sessions.set(name, kept);
    return kept;
  }

  return {
    logId,
    isReachable: true,

    append(key, entry: LogEntry) {
      const { records, seqOf, followers } = of(key);
      const { cmdId } = entry.command;
      const known = seqOf.get(cmdId);
      if (known !== undefined) return Promise.resolve({ seq: known });
      const record = { seq: ++lastSeq, ...entry };
      records.push(record);
      seqOf.set(cmdId, record.seq);
      for (const tell of followers) tell(record);
      return Promise.resolve({ seq: record.seq });
    },

    follow(key, afterSeq, onRecord): Following {
      const kept = of(key);
      let isFollowing = true;
      // Later, as any log does: nobody is told before they hold what ends it.
      const passOn = (): void => {
        for (const record of kept.records) if (isFollowing && record.seq > afterSeq) onRecord(record);
        if (isFollowing) kept.followers.add(onRecord);
      };
      const caughtUp = Promise.resolve().then(passOn);
      return {
        caughtUp,
        [Symbol.dispose]() {
          isFollowing = false;
          kept.followers.delete(onRecord);
        },
      };
    },

    followTentative: () => ({ [Symbol.dispose]: () => undefined }),

    trim(key, upToSeq) {
      const kept = of(key);
      kept.records = kept.records.filter(({ seq }) => seq > upToSeq);
      return Promise.resolve();
    },

    [Symbol.asyncDispose]() {
      sessions.clear();
      return Promise.resolve();
    },
  };
}
