import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Vitest ends its workers without their exit handlers. What tests of several files share lies in one folder for each run,
// and is ended and removed by the process that runs vitest.

const VARIABLE = 'CLEF_SHARED_BY_RUN';
const PROCESS = /^process-(?<pid>\d+)$/;

let folder: string | undefined;

/** By vitest, before any test. */
export async function setup(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'clef-shared-'));
  process.env[VARIABLE] = folder;
}

/** By vitest, after the last one. */
export async function teardown(): Promise<void> {
  if (folder === undefined) return;
  for (const name of await readdir(folder)) {
    const { pid } = PROCESS.exec(name)?.groups ?? {};
    if (pid !== undefined) kill(Number(pid));
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** A new folder that goes with this run. */
export function sharedFolder(name: string): string {
  return mkdtempSync(join(place(), `${name}-`));
}

/** Ends a process with this run. */
export function endWithRun(pid: number): void {
  writeFileSync(join(place(), `process-${pid}`), '');
}

function place(): string {
  const shared = process.env[VARIABLE];
  if (shared === undefined) throw new Error('nothing is shared outside of vitest');
  return shared;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
