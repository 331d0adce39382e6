import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeSessionLog, entryOf, takesAppendsOfMany } from '../../../test/contracts/session-log.ts';
import { createComparingLog } from '../../../test/support/comparing-log.ts';
import { createMemoryLog } from './memory-log.ts';
import { openSqliteLog } from './sqlite-log.ts';

describeSessionLog('memory', { survives: false }, () => {
  const log = createMemoryLog('memory');
  return Promise.resolve({
    log,
    other: () => Promise.resolve(log),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  });
});

describeSessionLog('SQLite', { survives: true }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clef-log-'));
  const open = (name: string) =>
    openSqliteLog({ file: join(folder, name, 'log.sqlite'), newLogId: () => 'log-1', now: () => 1_000 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'first'));
  const log = stack.use(open('first'));
  const owned = stack.move();
  return {
    log,
    other: () => Promise.resolve(log),
    /** What lies on the disk while the log is still open is what a killed process leaves. */
    async restarted() {
      await cp(join(folder, 'first'), join(folder, 'second'), { recursive: true });
      return owned.use(open('second'));
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
});

test('a log that was lost goes on behind what snapshots have, under another name, and keeps what is left of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clef-log-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  const key = { userId: 'us-1', sessionId: 'main' };
  let opened = 0;
  const open = async (afterSeq: number) => {
    await using log = openSqliteLog({
      file: join(folder, 'log.sqlite'),
      newLogId: () => `log-${++opened}`,
      now: () => 1_000,
      afterSeq,
    });
    const { seq } = await log.append(key, entryOf(opened * 100 + afterSeq));
    const seen: number[] = [];
    using following = log.follow(key, 0, (record) => seen.push(record.seq));
    await following.caughtUp;
    return { logId: log.logId, seq, seen };
  };
  expect(await open(0)).toEqual({ logId: 'log-1', seq: 1, seen: [1] });
  expect(await open(1)).toEqual({ logId: 'log-1', seq: 2, seen: [1, 2] });
  expect(await open(70)).toEqual({ logId: 'log-2', seq: 71, seen: [1, 2, 71] });
  expect(await open(71)).toEqual({ logId: 'log-2', seq: 72, seen: [1, 2, 71, 72] });
});

test('a log that compares and sets does not pass for one', async () => {
  await using log = createComparingLog();
  await expect(takesAppendsOfMany(log, () => Promise.resolve(log))).rejects.toThrow('somebody else appended');
});
