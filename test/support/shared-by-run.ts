import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Vitest ends its workers without their exit handlers. What tests of several files share lies in one folder for each run,
// and is ended and removed by the process that runs vitest, or by the proof itself.

const VARIABLE = 'CLEF_SHARED_BY_RUN';
const PROCESS = /^process-(?<pid>\d+)$/;

/** By vitest, before any test. */
export function setup(): void {
  process.env[VARIABLE] = makeFolder();
}

/** By vitest, after the last one. */
export function teardown(): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) end(folder);
}

/** A new folder that goes with this run. */
export function sharedFolder(name: string): string {
  return mkdtempSync(join(place(), `${name}-`));
}

/** A path that is the same for all tests of this run, and goes with it. */
export function sharedPath(name: string): string {
  return join(place(), name);
}

/** Ends a process with this run. */
export function endWithRun(pid: number): void {
  writeFileSync(join(place(), `process-${pid}`), '');
}

function place(): string {
  const known = process.env[VARIABLE];
  if (known !== undefined) return known;
  const folder = makeFolder();
  process.env[VARIABLE] = folder;
  process.once('exit', () => end(folder));
  return folder;
}

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'clef-shared-'));
}

function end(folder: string): void {
  for (const name of readdirSync(folder)) {
    const { pid } = PROCESS.exec(name)?.groups ?? {};
    if (pid !== undefined) kill(Number(pid));
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
