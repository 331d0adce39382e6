import { randomUUID } from 'node:crypto';
import { appendFileSync, copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { LOGS_FOLDER } from './noted-secrets.ts';

// `TEST_LOGS=FOLDER` makes a run of tests keep the logs of every part that it starts, each in a file named
// PART.TEST.ID.log. They are written as they come: vitest ends its workers without a word.

const root = join(import.meta.dirname, '..', '..');

export const logParts = ['clef', 'command', 'gateway', 'nginx', 'nats', 'mariadb', 'samba', 'ceph'] as const;
export type LogPart = (typeof logParts)[number];

/** The place of a new log; undefined where none is kept. */
export function newLog(part: LogPart): string | undefined {
  if (LOGS_FOLDER === undefined) return undefined;
  return join(LOGS_FOLDER, `${part}.${nameOfTest()}.${randomUUID()}.log`);
}

/** What a process says, from now on. */
export function keepLog(part: LogPart, ...streams: readonly (Readable | null)[]): void {
  const path = newLog(part);
  if (path === undefined) return;
  for (const stream of streams) stream?.on('data', (piece: Buffer | string) => appendFileSync(path, piece));
}

/** Files that a part wrote by itself, before their folder goes. */
export function keepLogFiles(part: LogPart, folder: string, named: RegExp): void {
  if (LOGS_FOLDER === undefined || !existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = newLog(part);
    if (entry.isFile() && named.test(entry.name) && path !== undefined)
      copyFileSync(join(folder, entry.name), path);
  }
}

/** The file of tests that runs, as vitest knows it. */
function nameOfTest(): string {
  const { __vitest_worker__: worker } = globalThis as {
    readonly __vitest_worker__?: { readonly filepath?: string };
  };
  return worker?.filepath === undefined ? 'none' : relative(root, worker.filepath).replaceAll('/', '-');
}
