import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { SessionScript } from '../../../test/support/session-script.ts';
import { Database } from '../../catalog/sql/index.ts';
import { type SessionKey, SessionHost } from '../session/index.ts';
import { createMemoryLog } from './memory-log.ts';
import { createSqlSnapshots } from './sql/snapshots.ts';

const SESSIONS = 10_000;
const ITEMS = 50;
const OPENED = 5;
/** All of them would be some 40 MB as text, and more as objects. */
const MOST_GROWTH_BYTES = 8 * 2 ** 20;

const keyOf = (index: number): SessionKey => ({
  userId: 'us-sg',
  sessionId: String(index).padStart(16, '0'),
});

test(`of ${SESSIONS} sessions that are stored, those alone are in memory that somebody opens`, async () => {
  await using database = await Database.open({ file: ':memory:' });
  const snapshots = createSqlSnapshots(database);
  const { state } = SessionScript.playing(...Array.from({ length: ITEMS }, () => 60));
  for (let index = 0; index < SESSIONS; index++)
    await snapshots.save(keyOf(index), { ...state, name: `Session ${index}` }, index);
  const heldBytes = heapBytes();
  await using host = new SessionHost({
    log: createMemoryLog('log'),
    snapshots,
    clock: { clockId: 'clock', nowMs: () => 2_000_000 },
    timeOfDayMs: () => 2_000_000,
    defaultName: 'Music',
    onFailure: (error) => expect.fail(String(error)),
  });
  expect(await host.list('us-sg')).toHaveLength(SESSIONS);
  expect(host.heldCount).toBe(0);
  for (let index = 0; index < OPENED; index++) {
    const session = await host.open(keyOf(index * 1_000));
    expect(session.state).toMatchObject({ name: `Session ${index * 1_000}`, queue: state.queue });
  }
  expect(host.heldCount).toBe(OPENED);
  expect(heapBytes() - heldBytes).toBeLessThan(MOST_GROWTH_BYTES);
});

/** What is in use, once all that is not was let go of. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
