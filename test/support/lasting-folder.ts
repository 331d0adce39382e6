import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** A folder that goes with this process, for what several tests share. */
export async function lastingFolder(name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `clef-${name}-`));
  if (folders.push(path) === 1) {
    process.once('exit', () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
    // Vitest ends its workers so, and a process that has no other wish then never comes to its exit.
    process.once('SIGTERM', () => process.exit(143));
  }
  return path;
}
