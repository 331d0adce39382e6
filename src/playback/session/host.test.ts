import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KITCHEN, outputOf, PHONE, queueOf } from '../../../test/support/session-script.ts';
import { createMemoryLog } from '../stores/memory-log.ts';
import { createMemorySnapshots } from '../stores/memory-snapshots.ts';
import type { Action, Command } from './command.ts';
import { SessionHost, type Step } from './host.ts';
import type { LogEntry, SessionKey } from './log.ts';
import { currentItem } from './state.ts';

const KEY = { userId: 'us-1', sessionId: 'main' };

describe('a host of sessions', () => {
  const failures: unknown[] = [];
  let log = createMemoryLog('log');
  let snapshots = createMemorySnapshots();
  let number = 0;
  let host: SessionHost;

  function newHost(): SessionHost {
    return new SessionHost({
      log,
      snapshots,
      clock: { clockId: 'clock', nowMs: () => 5_000 },
      timeOfDayMs: () => 9_000,
      defaultName: 'Music',
      onFailure: (error) => failures.push(error),
    });
  }
  const commandOf = (action: Action): Command => ({ cmdId: `${PHONE}.${++number}`, action });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    log = createMemoryLog('log');
    snapshots = createMemorySnapshots();
    host = newHost();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await host[Symbol.asyncDispose]();
    expect(failures).toEqual([]);
  });

  test('answers what became of a command, and tells everyone in the session', async () => {
    using one = await host.open(KEY);
    using other = await host.open(KEY);
    const steps: Step[] = [];
    other.onStep((step) => steps.push(step));
    expect(await one.send(commandOf(queueOf([10])), 'Phone')).toMatchObject({
      outcome: { kind: 'refused', reason: 'no-output' },
    });
    const added = await one.send(commandOf({ type: 'output.add', output: outputOf(PHONE) }), 'Phone');
    expect(added.outcome).toEqual({ kind: 'applied' });
    expect(steps.map(({ record }) => record?.seq)).toEqual([1, 2]);
    expect(other.state.outputs).toHaveLength(1);
    expect(one.state).toBe(other.state);
  });

  test('answers a copy of a command as it answered the first', async () => {
    using session = await host.open(KEY);
    const command = commandOf({ type: 'next' });
    const first = await session.send(command, 'Phone');
    const copies = await Promise.all(Array.from({ length: 100 }, () => session.send(command, 'Phone')));
    for (const copy of copies) expect(copy.outcome).toEqual(first.outcome);
    expect(session.state.seq).toBe(1);
  });

  test('restores a session from its snapshot and what came after it', async () => {
    {
      using session = await host.open(KEY);
      await session.send(commandOf({ type: 'output.add', output: outputOf(PHONE) }), 'Phone');
      await session.send(commandOf(queueOf([10, 20])), 'Phone');
      for (let i = 0; i < 500; i++)
        await session.send(commandOf({ type: 'queue.repeat', mode: 'off' }), 'Phone');
      await session.send(commandOf({ type: 'next' }), 'Phone');
    }
    const saved = await snapshots.load(KEY);
    expect(saved?.seq).toBe(400);
    await using restarted = newHost();
    using session = await restarted.open(KEY);
    expect(session.state.seq).toBe(503);
    expect(currentItem(session.state.queue)?.trackId).toBe('tr-1');
  });

  test('lets a session go when nobody has held it for a while, and has it all when it is asked for again', async () => {
    const first = await host.open(KEY);
    await first.send(commandOf({ type: 'rename', name: 'Kitchen' }), 'Phone');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(host.heldCount).toBe(1);
    vi.advanceTimersByTime(29_000);
    {
      using _ = await host.open(KEY);
      vi.advanceTimersByTime(60_000);
      expect(host.heldCount).toBe(1);
    }
    vi.advanceTimersByTime(30_000);
    expect(host.heldCount).toBe(0);
    using again = await host.open(KEY);
    expect(again.state.name).toBe('Kitchen');
    expect(await snapshots.list('us-1')).toEqual([
      { sessionId: 'main', name: 'Kitchen', changedAtMs: 9_000 },
    ]);
  });

  test('begins a session with what it was given, once, and tells who listens of each that comes into memory', async () => {
    const by = 'Saved';
    const command = { cmdId: `${KITCHEN}.1`, action: { ...queueOf([10, 20]), play: false } };
    const asked: unknown[] = [];
    const options = {
      log,
      snapshots,
      clock: { clockId: 'clock', nowMs: () => 5_000 },
      timeOfDayMs: () => 9_000,
      defaultName: 'Music',
      firstEntries: async (key: SessionKey) => {
        asked.push(key.sessionId);
        return [{ atMs: 3_000, clockId: 'before', by, command }];
      },
      onFailure: (error: unknown) => failures.push(error),
    };
    for (let start = 0; start < 2; start++) {
      await using restarted = new SessionHost(options);
      const restored: unknown[] = [];
      restarted.onRestored(({ key }) => restored.push(key));
      using session = await restarted.open(KEY);
      expect(session.state.queue.items).toHaveLength(2);
      expect(session.state.changed).toEqual({ by, atMs: 3_000 });
      expect(restored).toEqual([KEY]);
      expect(restarted.held().map(({ state }) => state.seq)).toEqual([1]);
    }
    expect(asked).toEqual(['main']);
  });

  test('goes on from a snapshot where the log has let go of what it missed', async () => {
    const whole = log;
    let cutOff: ((cause: unknown) => void) | undefined;
    log = {
      ...whole,
      follow(key, afterSeq, onRecord, onCutOff) {
        cutOff = onCutOff;
        return whole.follow(key, afterSeq, onRecord);
      },
    };
    await using late = newHost();
    using session = await late.open(KEY);
    const steps: Step[] = [];
    session.onStep((step) => steps.push(step));
    await session.send(commandOf({ type: 'rename', name: 'Before' }), 'Phone');
    await snapshots.save(KEY, { ...session.state, name: 'Meanwhile', seq: 500 }, 1);
    cutOff?.('away for an hour');
    await expect.poll(() => session.state.name).toBe('Meanwhile');
    expect(steps.at(-1)).toEqual({ state: session.state });
    cutOff?.('and again, without a newer one');
    await expect.poll(() => failures.splice(0)).toMatchObject([{ code: 'log-unfit' }]);
  });

  test('tells what waits for the log, until the log has it', async () => {
    let foretell: ((entry: LogEntry) => void) | undefined;
    log = {
      ...log,
      followTentative(_, onEntry) {
        foretell = onEntry;
        return { [Symbol.dispose]: () => (foretell = undefined) };
      },
    };
    {
      await using server = newHost();
      using session = await server.open(KEY);
      const told: LogEntry[] = [];
      session.onTentative((entry) => told.push(entry));
      const command = commandOf({ type: 'rename', name: 'Kitchen' });
      const entry = { atMs: 1, clockId: 'clock', by: 'Phone', command };
      foretell?.(entry);
      await session.send(command, 'Phone');
      foretell?.(entry);
      expect(told).toEqual([entry]);
    }
    expect(foretell).toBeUndefined();
  });
});
