import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogEntry, LogRecord, SessionKey, SessionLog } from '../../src/playback/session/index.ts';

export interface SessionLogFixture extends AsyncDisposable {
  readonly log: SessionLog;
  /** Another view of the same log, as another server has it; the same one where there can be only one. */
  other(): Promise<SessionLog>;
  /** The log after its process was killed and started again; absent where it ends with the process. */
  readonly restarted?: () => Promise<SessionLog>;
}

const KEY: SessionKey = { userId: 'us-1', sessionId: 'main' };
const PHONE = 'phone-----------';

export function entryOf(number: number, instanceId = PHONE): LogEntry {
  const command = { cmdId: `${instanceId}.${number}`, action: { type: 'next' } } as const;
  return { atMs: 1_000 + number, clockId: 'clock', by: 'Phone', command };
}

/** Everything after a sequence that is in a log now. */
async function recordsOf(from: SessionLog, key = KEY, afterSeq = 0): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  using following = from.follow(key, afterSeq, (record) => records.push(record));
  await following.caughtUp;
  return records;
}

/** By itself, so that it can be shown to fail for a log that compares and sets. */
export async function takesAppendsOfMany(log: SessionLog, another: () => Promise<SessionLog>): Promise<void> {
  const other = await another();
  const appends = Array.from({ length: 100 }, (_, i) => [
    log.append(KEY, entryOf(i + 1)),
    other.append(KEY, entryOf(i + 1, 'tablet----------')),
  ]);
  await Promise.all(appends.flat());
  const [seen, seenByOther] = await Promise.all([recordsOf(log), recordsOf(other)]);
  expect(seen).toHaveLength(200);
  expect(seenByOther).toEqual(seen);
}

/** What every log of sessions does; `survives`: also when its process is killed. */
export function describeSessionLog(
  name: string,
  { survives }: { readonly survives: boolean },
  open: () => Promise<SessionLogFixture>,
): void {
  describe(`${name} as a log of sessions`, () => {
    let fixture: SessionLogFixture;
    let log: SessionLog;
    beforeEach(async () => {
      fixture = await open();
      log = fixture.log;
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    it('gives back what was appended, in order, with rising sequences', async () => {
      const seqs: number[] = [];
      for (const number of [1, 2, 3]) seqs.push((await log.append(KEY, entryOf(number))).seq);
      expect(seqs.toSorted((a, b) => a - b)).toEqual(seqs);
      expect(await recordsOf(log)).toEqual(
        [1, 2, 3].map((number, i) => ({ seq: seqs[i], ...entryOf(number) })),
      );
      expect((await recordsOf(log, KEY, seqs[0])).map(({ seq }) => seq)).toEqual(seqs.slice(1));
    });

    it('keeps the order of appends that do not wait for each other', async () => {
      const appended = await Promise.all(
        Array.from({ length: 200 }, (_, i) => log.append(KEY, entryOf(i + 1))),
      );
      const seqs = appended.map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect((await recordsOf(log)).map(({ seq }) => seq)).toEqual(seqs);
    });

    it('takes appends of many at once, and refuses none because of another', () =>
      takesAppendsOfMany(log, () => fixture.other()));

    it('adds a command once, and answers its copies with the sequence that it has', async () => {
      const { seq } = await log.append(KEY, entryOf(1));
      const other = await fixture.other();
      const copies = await Promise.all(
        Array.from({ length: 100 }, (_, i) => (i % 2 ? log : other).append(KEY, entryOf(1))),
      );
      expect(new Set(copies.map((copy) => copy.seq))).toEqual(new Set([seq]));
      expect(await recordsOf(log)).toHaveLength(1);
      await log.trim(KEY, seq);
      expect((await log.append(KEY, entryOf(1))).seq).toBe(seq);
    });

    it('passes on what comes later, and nothing after it is let go of', async () => {
      const other = await fixture.other();
      const records: LogRecord[] = [];
      const following = log.follow(KEY, 0, (record) => records.push(record));
      await following.caughtUp;
      const { seq } = await other.append(KEY, entryOf(1));
      await expect.poll(() => records.at(-1)?.seq).toBe(seq);
      following[Symbol.dispose]();
      await other.append(KEY, entryOf(2));
      await recordsOf(log);
      expect(records).toHaveLength(1);
    });

    it('misses nothing and doubles nothing for who begins to follow while others append', async () => {
      const records: LogRecord[][] = [];
      const followings: Disposable[] = [];
      const appends: Promise<unknown>[] = [];
      for (let number = 1; number <= 60; number++) {
        appends.push(log.append(KEY, entryOf(number)));
        if (number % 10 !== 0) continue;
        const own: LogRecord[] = [];
        records.push(own);
        followings.push(log.follow(KEY, 0, (record) => own.push(record)));
        await new Promise(setImmediate);
      }
      await Promise.all(appends);
      const all = await recordsOf(log);
      for (const own of records) await expect.poll(() => own).toEqual(all);
      for (const following of followings) following[Symbol.dispose]();
    });

    it('keeps sessions and accounts apart', async () => {
      await log.append(KEY, entryOf(1));
      await log.append({ ...KEY, sessionId: 'kitchen' }, entryOf(1));
      await log.append({ ...KEY, userId: 'us-2' }, entryOf(1));
      expect(await recordsOf(log)).toHaveLength(1);
      expect(await recordsOf(log, { ...KEY, userId: 'us-3' })).toEqual([]);
    });

    it('lets go of what it is told to, in that session alone', async () => {
      const seqs: number[] = [];
      for (const number of [1, 2, 3]) seqs.push((await log.append(KEY, entryOf(number))).seq);
      await log.append({ ...KEY, sessionId: 'kitchen' }, entryOf(1));
      await log.trim(KEY, 0);
      expect(await recordsOf(log)).toHaveLength(3);
      await log.trim(KEY, seqs[1] ?? 0);
      expect((await recordsOf(log, KEY, seqs[1])).map(({ seq }) => seq)).toEqual(seqs.slice(2));
      expect((await recordsOf(log)).map(({ seq }) => seq)).not.toContain(seqs[0]);
      expect(await recordsOf(log, { ...KEY, sessionId: 'kitchen' })).toHaveLength(1);
    });

    if (!survives) return;
    it('has what it acknowledged after it was killed, under the same name', async () => {
      if (!fixture.restarted) throw new Error('it survives, and cannot be started again');
      const appended = await Promise.all(
        Array.from({ length: 50 }, (_, i) => log.append(KEY, entryOf(i + 1))),
      );
      const again = await fixture.restarted();
      expect(again.logId).toBe(log.logId);
      expect((await recordsOf(again)).map(({ seq }) => seq)).toEqual(appended.map(({ seq }) => seq));
      const { seq } = await again.append(KEY, entryOf(51));
      expect(seq).toBeGreaterThan(appended.at(-1)?.seq ?? 0);
    });
  });
}
