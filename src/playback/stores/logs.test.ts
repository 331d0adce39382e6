import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSessionLog } from '../../../test/contracts/session-log.ts';
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
