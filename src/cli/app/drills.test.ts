import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LibraryId, ServerId } from '../../core/index.ts';
import { drillReminder, openDrills } from './drills.ts';

const DAY_MS = 86_400_000;
let folder: string;
let nowMs: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clef-drills-'));
  nowMs = 1_000 * DAY_MS;
});
afterEach(() => rm(folder, { recursive: true }));

function open(intervalDays = 90) {
  const identity = {
    serverId: '1'.repeat(32) as ServerId,
    libraryId: '2'.repeat(32) as LibraryId,
    createdAtMs: 1_000 * DAY_MS,
  };
  const data = { drillFile: join(folder, 'drill.json'), identity };
  return openDrills({ data, intervalDays, now: () => nowMs });
}

test('a kit that was never proved is due after the interval since it was made', async () => {
  const drills = await open();
  expect(drills.standing()).toEqual({ dueAtMs: 1_090 * DAY_MS, isDue: false });
  nowMs = 1_090 * DAY_MS;
  expect(drills.standing().isDue).toBe(true);
  expect(drillReminder(drills.standing())).toContain('never been proved');
});

test('a drill holds for the interval, also for the next start', async () => {
  nowMs = 1_100 * DAY_MS;
  await (await open()).record();
  const later = await open();
  expect(later.standing()).toEqual({ lastAtMs: 1_100 * DAY_MS, dueAtMs: 1_190 * DAY_MS, isDue: false });
  expect(drillReminder(later.standing())).toBeUndefined();
  nowMs = 1_190 * DAY_MS;
  expect(drillReminder(later.standing())).toContain('last proved to work on 1973-01-05');
});

test('nobody is reminded where the interval is 0', async () => {
  nowMs = 5_000 * DAY_MS;
  expect((await open(0)).standing()).toEqual({ isDue: false });
});

test('a memory that cannot be read is none', async () => {
  await writeFile(join(folder, 'drill.json'), '{"lastDrillAtMs":');
  expect((await open()).standing().lastAtMs).toBeUndefined();
});
