import { setTimeout as delay } from 'node:timers/promises';
import { ClefError } from '../../src/core/index.ts';
import type { SessionLog } from '../../src/playback/session/index.ts';
import { createMemoryLog } from '../../src/playback/stores/memory-log.ts';

const MOST_TRIES = 5;

/**
 * What a session log must not be: each append looks at the end, and sets the new one only where it is still there,
 * with a few tries, as over a key-value store.
 */
export function createComparingLog(): SessionLog {
  const log = createMemoryLog('comparing');
  let lastSeq = 0;
  return {
    ...log,
    async append(key, entry) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const expectedSeq = lastSeq;
        await delay(0);
        if (lastSeq !== expectedSeq) continue;
        const appended = await log.append(key, entry);
        lastSeq = appended.seq;
        return appended;
      }
      throw new ClefError('log-unreachable', `somebody else appended ${MOST_TRIES} times`);
    },
  };
}
