import { expect, test } from 'vitest';
import { FailedConnecting } from './failed-connecting.ts';
import { SmbFault } from './fault.ts';

let nowMs = 0;

/** For how long this failure keeps others from trying. */
function pauseMs(failed: FailedConnecting, fault: SmbFault): number {
  const startMs = nowMs;
  failed.note(fault);
  while (failed.remembered === fault) nowMs += 500;
  return nowMs - startMs;
}

test('a share that refuses a logon is left alone twice as long each time, for eight minutes at most', () => {
  const failed = new FailedConnecting(() => nowMs);
  const pauses = Array.from({ length: 5 }, () => pauseMs(failed, new SmbFault('refused')));
  expect(pauses).toEqual([60_000, 120_000, 240_000, 480_000, 480_000]);
});

test('a share that is away is tried again soon, and one that was connected is refused as if for the first time', () => {
  const failed = new FailedConnecting(() => nowMs);
  expect(pauseMs(failed, new SmbFault('refused'))).toBe(60_000);
  expect(pauseMs(failed, new SmbFault('away'))).toBe(500);
  expect(pauseMs(failed, new SmbFault('refused'))).toBe(120_000);
  failed.forget();
  expect(pauseMs(failed, new SmbFault('refused'))).toBe(60_000);
});

test('a refusal that many waited for counts once', () => {
  const failed = new FailedConnecting(() => nowMs);
  const fault = new SmbFault('refused');
  failed.note(fault);
  failed.note(fault);
  expect(pauseMs(failed, fault)).toBe(60_000);
});
